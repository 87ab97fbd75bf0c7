import { describe, expect, test } from 'vitest';
import { BoardBroker, type Candidate } from './board-broker.ts';
import type { SetAside, VisitOutcome } from './lease.ts';

const board = (name: string, warmth = 'net'): Candidate => ({ board: name, perWorker: false, warmth });
const fine: VisitOutcome = { kind: 'fine' };
const trouble = (changes: Partial<Extract<VisitOutcome, { kind: 'trouble' }>> = {}): VisitOutcome => ({
  kind: 'trouble',
  error: { code: 'HIL_TROUBLE', owner: 'lab', message: 'no answer', hint: 'Look at it.', causes: [] },
  quarantine: false,
  unreachable: false,
  ...changes,
});

/** A worker that writes down what it is told: `1 has a (1)`, `recall a`, `2 refused: a`. */
function workerOf(broker: BoardBroker) {
  const told: string[] = [];
  const wanted = new Map<number, readonly Candidate[]>();
  const fences = new Map<number, number>();
  let last = 0;
  const desk = broker.connect({
    granted(id, choice, fence) {
      fences.set(id, fence);
      told.push(`${id} has ${wanted.get(id)![choice]!.board}`);
    },
    refused: (id, boards) => told.push(`${id} refused: ${boards.map((event) => event.board).join(', ')}`),
    recall: (name) => told.push(`recall ${name}`),
    calledOff: () => told.push('called off'),
    lost: () => told.push('lost'),
  });
  return {
    told,
    desk,
    ask(...candidates: Candidate[]) {
      const id = ++last;
      wanted.set(id, candidates);
      desk.request(id, candidates);
      return id;
    },
    release: (id: number, outcome = fine, warm = true) => desk.release(fences.get(id)!, outcome, warm),
    fenceOf: (id: number) => fences.get(id)!,
  };
}

test('gives a board to one case at a time, in the order in which they ask', () => {
  const broker = new BoardBroker();
  const [first, second, third] = [workerOf(broker), workerOf(broker), workerOf(broker)];
  const one = first.ask(board('a'));
  const two = second.ask(board('a'));
  third.ask(board('a'));
  const whileHeld = [...second.told];

  first.release(one, fine, false);
  second.release(two, fine, false);

  expect(whileHeld).toEqual([]);
  expect(second.told).toEqual(['1 has a']);
  expect(third.told).toEqual(['1 has a']);
  expect(third.fenceOf(1)).toBeGreaterThan(second.fenceOf(1));
});

test('spreads cases over the boards that fit', () => {
  const worker = workerOf(new BoardBroker());

  for (let i = 0; i < 4; i++) worker.ask(board('a'), board('b'), board('c'));

  expect(worker.told).toEqual(['1 has a', '2 has b', '3 has c']);
});

test('sends a case to the board that is warm for it', () => {
  const worker = workerOf(new BoardBroker());
  const [a, b] = [worker.ask(board('a', 'x')), worker.ask(board('b', 'y'))];
  worker.release(a);
  worker.release(b);

  worker.ask(board('a', 'y'), board('b', 'y'));

  expect(worker.told.at(-1)).toBe('3 has b');
});

test('lets who keeps a board warm go first, but not for ever', () => {
  const broker = new BoardBroker();
  const [keeper, other] = [workerOf(broker), workerOf(broker)];
  let held = keeper.ask(board('a', 'x'));
  other.ask(board('a', 'y'));
  let turns = 0;
  while (other.told.length === 0 && turns < 100) {
    turns++;
    const next = keeper.ask(board('a', 'x'));
    keeper.release(held);
    held = next;
    if (keeper.told.at(-1) === 'recall a') keeper.desk.closed('a');
  }

  expect(turns).toBe(17);
  expect(other.told).toEqual(['1 has a']);
});

test('asks for an idle session of another worker to be closed, once, and waits for it', () => {
  const broker = new BoardBroker();
  const [keeper, other] = [workerOf(broker), workerOf(broker)];
  for (const name of ['a', 'b']) keeper.release(keeper.ask(board(name)));
  other.ask(board('a'), board('b'));
  other.desk.cancel(99);
  keeper.ask(board('c'));
  const before = [...other.told];

  keeper.desk.closed('a');

  expect(before).toEqual([]);
  expect(keeper.told.filter((line) => line.startsWith('recall'))).toEqual(['recall a']);
  expect(other.told).toEqual(['1 has a']);
});

test('frees what a worker held, kept warm or waited for when it is gone', () => {
  const broker = new BoardBroker();
  const [dead, other] = [workerOf(broker), workerOf(broker)];
  dead.ask(board('a'));
  dead.release(dead.ask(board('b')));
  dead.ask(board('a'));
  other.ask(board('a'));

  dead.desk.gone();
  other.ask(board('b'));

  expect(other.told).toEqual(['1 has a', '2 has b']);
});

test('has a board for each worker where each has its own', () => {
  const broker = new BoardBroker();
  const own = { ...board('virtual'), perWorker: true };
  const [first, second] = [workerOf(broker), workerOf(broker)];

  first.ask(own);
  second.ask(own);
  first.ask(own);

  expect(first.told).toEqual(['1 has virtual']);
  expect(second.told).toEqual(['1 has virtual']);
});

test('takes no notice of a release under a fence that is void', () => {
  const broker = new BoardBroker();
  const [late, holder, next] = [workerOf(broker), workerOf(broker), workerOf(broker)];
  const old = late.ask(board('a'));
  late.release(old, fine, false);
  holder.ask(board('a'));

  late.release(old, fine, false);
  next.ask(board('a'));

  expect(next.told).toEqual([]);
});

test('a request that is called off is not served', () => {
  const broker = new BoardBroker();
  const [first, second] = [workerOf(broker), workerOf(broker)];
  const held = first.ask(board('a'));
  second.desk.cancel(second.ask(board('a')));

  first.release(held);

  expect(second.told).toEqual([]);
});

test('tells every worker that is still there when the run is called off', () => {
  const broker = new BoardBroker();
  const [here, gone] = [workerOf(broker), workerOf(broker)];
  gone.desk.gone();

  broker.callOff();

  expect(here.told).toEqual(['called off']);
  expect(gone.told).toEqual([]);
});

describe('a board that breaks', () => {
  const brokerWithLog = () => {
    const events: SetAside[] = [];
    return { events, broker: new BoardBroker({ onSetAside: (event) => events.push(event) }) };
  };

  test('is set aside after three visits in a row, and its cases go to the others', () => {
    const { broker, events } = brokerWithLog();
    const worker = workerOf(broker);
    for (let i = 0; i < 3; i++) worker.release(worker.ask(board('a')), trouble(), false);

    worker.ask(board('a'), board('b'));

    expect(events).toMatchObject([
      {
        board: 'a',
        incident: false,
        reason: 'after 3 visits in a row that ended in rig trouble: no answer',
      },
    ]);
    expect(worker.told.at(-1)).toBe('4 has b');
  });

  test('starts anew after a visit that went well, not after one that tells nothing', () => {
    const { broker, events } = brokerWithLog();
    const worker = workerOf(broker);
    for (const outcome of [trouble(), trouble(), fine, trouble(), { kind: 'unknown' } as const, trouble()])
      worker.release(worker.ask(board('a')), outcome, false);

    expect(events).toEqual([]);
    worker.release(worker.ask(board('a')), trouble(), false);
    expect(events).toHaveLength(1);
  });

  test('is set aside at once where somebody has to look at it', () => {
    const { broker, events } = brokerWithLog();
    const worker = workerOf(broker);

    worker.release(worker.ask(board('a')), trouble({ quarantine: true }), false);

    expect(events.map(({ reason }) => reason)).toEqual([
      'because it must not be used before somebody has looked at it: no answer',
    ]);
  });

  test('leaves those without a board that wait for it, each told why', () => {
    const { broker } = brokerWithLog();
    const [worker, waiting] = [workerOf(broker), workerOf(broker)];
    const held = worker.ask(board('a'));
    waiting.ask(board('a'));

    worker.release(held, trouble({ quarantine: true }), false);
    waiting.ask(board('a'));

    expect(waiting.told).toEqual(['1 refused: a', '2 refused: a']);
  });

  test('together with most others is one incident', () => {
    const { broker, events } = brokerWithLog();
    const worker = workerOf(broker);
    const farm = ['a', 'b', 'c', 'd'];
    const held = farm.map((name) => worker.ask(board(name)));

    for (const id of held) worker.release(id, trouble({ unreachable: true }), false);
    worker.ask(...farm.map((name) => board(name)));

    expect(events.map(({ board: name, incident }) => `${name} ${incident}`)).toEqual([
      'a true',
      'b true',
      'c true',
      'd true',
    ]);
    expect(events[0]?.reason).toContain('3 of 4 boards became unreachable together (a, b, c)');
    expect(worker.told.at(-1)).toBe('5 refused: a, b, c, d');
  });

  test('alone is no incident, however unreachable', () => {
    const { broker, events } = brokerWithLog();
    const worker = workerOf(broker);
    worker.release(worker.ask(board('b')), fine);

    worker.release(worker.ask(board('a')), trouble({ unreachable: true }), false);

    expect(events).toEqual([]);
  });
});

describe('a gate that other runs go through too', () => {
  /** A gate that opens when told to. */
  function gateOnDemand() {
    const asked = new Map<string, { open: () => void; fail: (error: Error) => void }>();
    const left: string[] = [];
    return {
      asked,
      left,
      enter: (name: string) =>
        new Promise<void>((resolve, reject) => void asked.set(name, { open: resolve, fail: reject })),
      leave: (name: string) => void left.push(name),
    };
  }
  const soon = () => new Promise((resolve) => setImmediate(resolve));

  test('is asked once for a board, and the case that waits gets it then', async () => {
    const gate = gateOnDemand();
    const worker = workerOf(new BoardBroker({ gate }));
    worker.ask(board('a'));
    worker.ask(board('a'));
    const before = [...worker.told];

    gate.asked.get('a')!.open();
    await soon();

    expect(before).toEqual([]);
    expect([...gate.asked.keys()]).toEqual(['a']);
    expect(worker.told).toEqual(['1 has a']);
  });

  test('is not asked for boards that every worker has for itself', () => {
    const gate = gateOnDemand();
    const worker = workerOf(new BoardBroker({ gate }));

    worker.ask({ ...board('own'), perWorker: true });

    expect(worker.told).toEqual(['1 has own']);
    expect(gate.asked.size).toBe(0);
  });

  test('a case takes the board that comes first', async () => {
    const gate = gateOnDemand();
    const worker = workerOf(new BoardBroker({ gate }));
    worker.ask(board('a'), board('b'));

    gate.asked.get('b')!.open();
    await soon();

    expect(worker.told).toEqual(['1 has b']);
  });

  test('gets a board back that nobody here uses or wants any more', async () => {
    const gate = gateOnDemand();
    const worker = workerOf(new BoardBroker({ gate }));
    const one = worker.ask(board('a'));
    gate.asked.get('a')!.open();
    await soon();

    worker.release(one, fine, true);
    const whileWarm = [...gate.left];
    worker.desk.closed('a');

    expect([whileWarm, gate.left]).toEqual([[], ['a']]);
  });

  test('takes a board away: the idle session is closed, and the next case asks anew', async () => {
    const gate = gateOnDemand();
    const broker = new BoardBroker({ gate });
    const worker = workerOf(broker);
    const one = worker.ask(board('a'));
    gate.asked.get('a')!.open();
    await soon();
    worker.release(one);
    gate.asked.clear();

    broker.lost('a');
    worker.ask(board('a'));
    gate.asked.get('a')!.open();
    await soon();
    const beforeItIsClosed = [...worker.told];
    worker.desk.closed('a');

    expect(beforeItIsClosed).toEqual(['1 has a', 'recall a']);
    expect(worker.told.at(-1)).toBe('2 has a');
  });

  test('takes a board away in the middle of a case: the case ends first, then the board is left', async () => {
    const gate = gateOnDemand();
    const broker = new BoardBroker({ gate });
    const worker = workerOf(broker);
    const one = worker.ask(board('a'));
    gate.asked.get('a')!.open();
    await soon();

    broker.lost('a');
    const inTheCase = [...worker.told];
    worker.release(one);

    expect(inTheCase).toEqual(['1 has a']);
    expect(worker.told).toEqual(['1 has a', 'recall a']);
  });

  test('that cannot tell sets the board aside, with its reason', async () => {
    const gate = gateOnDemand();
    const events: SetAside[] = [];
    const worker = workerOf(new BoardBroker({ gate, onSetAside: (event) => events.push(event) }));
    worker.ask(board('a'));

    gate.asked.get('a')!.fail(new Error('the server is down'));
    await soon();

    expect(worker.told).toEqual(['1 refused: a']);
    expect(events[0]?.reason).toContain('the server is down');
  });
});
