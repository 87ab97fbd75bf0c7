import { setTimeout as delay } from 'node:timers/promises';
import {
  type BoardCondition,
  BoardHotError,
  type Heat,
  NpuInUseError,
  processesInWords,
} from '../board/board-condition.ts';
import type { BoardSession } from '../board/session.ts';
import type { Cancellable } from '../cancellable.ts';
import { HilError } from '../hil-error.ts';
import type { CaseConditions } from '../store/record.ts';
import type { BoardCare, HeatCare } from './board-care.ts';

/** A session is looked at when it is new, and then again when its last look is older than this: a look is a round trip. */
const lookAgainAfterMs = 30_000;
const lookTimeoutMs = 5000;
const coolPollMs = 2000;
/** It is let cool by so much below its limit, so that it does not stop again at once. */
const hysteresis = 5;
/** A run that takes so much longer than the fastest of the same model, link and all, is worth a look at what disturbs it. */
const slow = { factor: 1.5, ms: 20 };

interface Memory {
  lookedAt: number;
  /** Fastest run of each model, by hash, in ms. */
  readonly fastestMs: Map<string, number>;
}

/** What was seen at a board through each session. */
const memories = new WeakMap<BoardSession, Memory>();

function memoryOf(session: BoardSession): Memory {
  const known = memories.get(session);
  if (known) return known;
  const memory: Memory = { lookedAt: -Infinity, fastestMs: new Map() };
  memories.set(session, memory);
  return memory;
}

/**
 * Makes sure that a board may work for a case: that nobody else uses its NPU, and that it is not too hot; waits for it to
 * cool if it is.
 *
 * @param onCool - Told when it has to wait.
 * @returns How it was found; nothing for a board that has not been looked at just now.
 * @throws {NpuInUseError | BoardHotError}
 */
export async function awaitFitBoard(
  session: BoardSession,
  { heat }: BoardCare,
  { signal, onCool }: Cancellable & { readonly onCool: () => void },
): Promise<CaseConditions> {
  const memory = memoryOf(session);
  if (performance.now() - memory.lookedAt < lookAgainAfterMs) return {};
  const condition = await look(session, signal);
  memory.lookedAt = performance.now();
  if (condition === undefined) return {};
  if (condition.npuUsers.length > 0) throw new NpuInUseError(session.identity.name, condition);
  const { hottest } = condition;
  if (hottest === undefined) return {};
  if (heat === undefined || hottest.celsius <= heat.maxTemperature) return { hottest };
  onCool();
  return cool(session, hottest, heat, signal);
}

async function cool(
  session: BoardSession,
  found: Heat,
  { maxTemperature, coolWithinMs }: HeatCare,
  signal: AbortSignal | undefined,
): Promise<CaseConditions> {
  const startedAt = performance.now();
  for (let hottest = found; hottest.celsius > maxTemperature - hysteresis;) {
    const waitedMs = performance.now() - startedAt;
    if (waitedMs >= coolWithinMs)
      throw new BoardHotError(session.identity.name, hottest, maxTemperature, waitedMs);
    await delay(Math.min(coolPollMs, coolWithinMs), undefined, { signal });
    // A board that does not answer any more is for the next step to report.
    const now = (await look(session, signal))?.hottest;
    if (now === undefined) break;
    hottest = now;
  }
  return { hottest: found, cooledMs: performance.now() - startedAt };
}

/**
 * Looks again after a run that was much slower than the same model's fastest on this session: somebody may have come in
 * between. Results are right all the same, since the NPU takes one run at a time; times are not.
 *
 * @param run - What ran, and how long one of its repeats took as seen from here.
 */
export async function findDisturbances(
  session: BoardSession,
  { modelSha256, runMs }: { readonly modelSha256: string; readonly runMs: number },
  { heat }: BoardCare,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  if (session.condition === undefined) return [];
  const { fastestMs } = memoryOf(session);
  const fastest = fastestMs.get(modelSha256) ?? Infinity;
  fastestMs.set(modelSha256, Math.min(fastest, runMs));
  if (runMs <= fastest * slow.factor + slow.ms) return [];
  const condition = await look(session, signal);
  if (condition === undefined) return [];
  const { npuUsers, hottest } = condition;
  return [
    ...(npuUsers.length === 0 ? [] : [`the NPU was used by somebody else: ${processesInWords(npuUsers)}`]),
    ...(heat && hottest && hottest.celsius > heat.maxTemperature
      ? [`the board was at ${hottest.celsius} °C (${hottest.sensor})`]
      : []),
  ];
}

/** Vendor codes that a second user of the NPU or of its memory brings about as well. */
const mayBeDisturbed = ({ owner, code }: HilError): boolean =>
  owner === 'undecided' || code.startsWith('HIL_VENDOR_');

/** Says that somebody else uses the NPU, where that may be why a run broke; else what was thrown. */
export async function explainByOthers(
  thrown: unknown,
  session: BoardSession | undefined,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (!(thrown instanceof HilError) || session === undefined || !mayBeDisturbed(thrown)) return thrown;
  const condition = await look(session, signal).catch(() => undefined);
  if (condition === undefined || condition.npuUsers.length === 0) return thrown;
  return new NpuInUseError(session.identity.name, condition, thrown);
}

/** A look that fails says nothing: the work itself shows what is wrong with the board. */
async function look(
  session: BoardSession,
  signal: AbortSignal | undefined,
): Promise<BoardCondition | undefined> {
  const limit = AbortSignal.timeout(lookTimeoutMs);
  try {
    return await session.condition?.({ signal: signal ? AbortSignal.any([signal, limit]) : limit });
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
