import { expect, test } from 'vitest';
import type { Board } from './board.ts';
import { chooseTargets, NoBoardFitsError, type BoardWish } from './choose-target.ts';

const boardNamed = (name: string, changes: Partial<Board> = {}): Board => ({
  name,
  runner: 'fake',
  chip: 'RK1808',
  tags: [],
  sdks: ['1.6.1', '1.7.5'],
  simulated: true,
  ...changes,
});

const farm = [
  boardNamed('desk'),
  boardNamed('rack-1', { tags: ['night', 'hot'], sdks: ['1.10.0', '1.9.0'] }),
  boardNamed('rack-2', { tags: ['night'], chip: 'RK3399Pro', sdks: ['1.6.1'] }),
];

const chosen = (wish: BoardWish) => chooseTargets(farm, wish).map(({ board, sdk }) => `${board.name} ${sdk}`);

test.each<[string, BoardWish, string[]]>([
  ['nothing', {}, ['desk 1.7.5', 'rack-1 1.10.0', 'rack-2 1.6.1']],
  ['a name', { name: 'rack-1' }, ['rack-1 1.10.0']],
  ['a chip, in any case', { chip: 'rk3399pro' }, ['rack-2 1.6.1']],
  ['a tag', { tags: ['night'] }, ['rack-1 1.10.0', 'rack-2 1.6.1']],
  ['several tags', { tags: ['night', 'hot'] }, ['rack-1 1.10.0']],
  ['an SDK', { sdk: '1.6.1' }, ['desk 1.6.1', 'rack-2 1.6.1']],
  ['a range of SDKs', { sdkRange: '>=1.6.0 <1.10' }, ['desk 1.7.5', 'rack-1 1.9.0', 'rack-2 1.6.1']],
  ['a range and an SDK in it', { sdkRange: '^1.6.0', sdk: '1.6.1' }, ['desk 1.6.1', 'rack-2 1.6.1']],
])(
  'a wish for %s gets the boards in the inventory’s order, with the newest SDK that fits',
  (_, wish, expected) => {
    expect(chosen(wish)).toEqual(expected);
  },
);

test('says of every board why it does not fit', () => {
  const choosing = () => chooseTargets(farm, { chip: 'RK1808', tags: ['hot'], sdk: '2.0.0' });

  expect(choosing).toThrow(NoBoardFitsError);
  expect(choosing).toThrow(
    'no board fits the chip RK1808, the tags hot, SDK 2.0.0: ' +
      'desk lacks the tag hot; rack-1 offers SDK 1.10.0, 1.9.0; rack-2 has the chip RK3399Pro',
  );
});

test('says that there is no board at all', () => {
  expect(() => chooseTargets([], {})).toThrow('no board fits at all: the inventory is empty');
});
