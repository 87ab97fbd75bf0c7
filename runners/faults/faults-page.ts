import { faultPolicies, type FaultPolicy } from '../../harness/pipeline/fault-policy.ts';
import { rigFaults } from './fault-table.ts';

/** docs/faults.md, made from the table of faults and the table of policies. */
export function faultsPage(): string {
  const open = rigFaults.filter(({ provoked }) => provoked === undefined);
  return `${[
    '# Faults and what they mean',
    '',
    'Every way in which a rig is known to break: what you see, what is behind it, what the harness does, what you do. This page',
    'is made from the code (`runners/faults/table/`, `harness/pipeline/fault-policy.ts`); a test keeps it so.',
    '',
    '- **Rig trouble is never a verdict on the network.** It is *broken*, exit code 3. Only a comparison says *failed, precision*,',
    '  and such a failure is never repeated into a pass.',
    '- Where nobody can tell the network from the board (a crash, a hang, a vendor’s error), it is confirmed once; then the',
    '  **canary**, a small model with a known answer, runs on the same board. If it passes, the network is to blame: *failed,',
    '  runtime*. If it does not, or there is none, the board is.',
    '- Attempts that broke are in the record of the case, with board, code, boot id and time. `retries` in hil.config.yaml, or',
    '  `--retry`, sets an upper limit for all of it; 0 means none.',
    '- A board is **set aside** for the rest of the run after three visits in a row that end in rig trouble (`setAsideAfter`), at',
    '  once where a person has to look at it, and after a third restart within a day. Its cases go to other boards that fit; where',
    '  none is left they are *broken, precluded*, with the cause. The run says so when it happens and at its end.',
    '- A board over SSH is **locked on itself** (`lock/` in its work folder) as long as somebody uses it. A guard there frees it',
    '  when its holder’s link breaks, and ends what ran under the lock.',
    '',
    '## The faults',
    '',
    '| # | fault | code | verdict | what is behind it, and what the harness does | what to do |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rigFaults.map(
      ({ number, title, codes, verdict, meaning, toDo }) =>
        `| ${number} | ${title} | ${codes.map((code) => `\`${code}\``).join(', ') || '-'} | ${verdict} | ${meaning} | ${toDo} |`,
    ),
    '',
    '## What is done before trouble becomes a verdict',
    '',
    'Repeats on the same board, then another board that fits. Pauses double each time and vary, so that many do not come back at',
    'once. What this table does not name follows the error’s own advice.',
    '',
    '| code | same board | another board | besides |',
    '| --- | --- | --- | --- |',
    ...Object.entries(faultPolicies).map(([code, policy]) => policyRow(code, policy)),
    '',
    '## How each is tested',
    '',
    'Where a case runs on a board, the test also looks afterwards: no board is leased, no process of ours runs there, no lock is',
    'left, no record is lost. `npm run test:kills` kills runs at 100 random moments, the ordinary tests at 10; `HIL_KILLS` and',
    '`HIL_KILL_SEED` set how many and which.',
    '',
    '| # | fault | provoked by |',
    '| --- | --- | --- |',
    ...rigFaults.map(
      ({ number, title, provoked = '**not provoked**' }) => `| ${number} | ${title} | ${provoked} |`,
    ),
    '',
    open.length === 0
      ? 'None is left without a test.'
      : `Not provoked: ${open.map(({ number, title, verdict }) => `${number} (${title.toLowerCase()}: ${verdict})`).join(', ')}.`,
  ].join('\n')}\n`;
}

function policyRow(
  code: string,
  {
    sameBoard,
    otherBoard,
    backOffMs,
    powerCycle,
    checkBoot,
    quarantine,
    unreachable,
    precludes,
  }: FaultPolicy,
): string {
  const pause = backOffMs > 0 ? `, after ${backOffMs / 1000} s and longer` : '';
  const besides = [
    ...(checkBoot ? ['reconnect, compare the boot id'] : []),
    ...(powerCycle ? ['power cycle, if the board has a hook'] : []),
    ...(quarantine ? ['set aside at once'] : []),
    ...(unreachable ? ['counts towards an incident'] : []),
    ...(precludes ? ['precludes the case'] : []),
  ];
  return `| \`${code}\` | ${sameBoard === 0 ? 'no' : `${sameBoard} times${pause}`} | ${otherBoard ? 'yes' : 'no'} | ${besides.join('; ')} |`;
}
