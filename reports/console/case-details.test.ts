import pc from 'picocolors';
import { expect, test } from 'vitest';
import type { CaseRecord } from '../../harness/store/record.ts';
import { caseRecord } from '../fixture-records.ts';
import { brokenNetwork, failedByFlip } from '../fixture-run.ts';
import { caseDetails } from './case-details.ts';

const plain = pc.createColors(false);

const brokenAlike = (spec: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    ...brokenNetwork,
    case: caseRecord(spec, `picture-${index + 1}`).case,
  }));

test('cases that broke for the same reason share a block that names some of them', () => {
  const [last] = brokenAlike('b', 1);
  const otherFormat = { ...last!, target: { ...last!.target, format: 'fp16' as const } };

  const blocks = caseDetails([...brokenAlike('a', 299), otherFormat], plain);

  expect(blocks.map((block) => `\n${block.join('\n')}`)).toMatchInlineSnapshot(`
    [
      "
    BROKEN  300 cases  on farm-3, SDK 1.6.0
      farm-3 (192.0.2.7:22) did not answer over SSH within 10000 ms
      caused by: Error: connect ECONNREFUSED 192.0.2.7:22
      next: Check its power and network, then try: ssh -p 22 root@192.0.2.7 true
      HIL_SSH_UNREACHABLE, for the keeper of the lab
      2 attempts before it ended in the same way, on farm-3, farm-4
      cases    a › picture-1
               a › picture-2
               a › picture-3
               a › picture-4
               a › picture-5
               a › picture-6
               a › picture-7
               a › picture-8
               and 292 more
      specs    specs/a.hil.yaml
               specs/b.hil.yaml",
    ]
  `);
});

test('two cases are both named, and so is the one beyond the limit that takes no more room than its count', () => {
  expect(caseDetails(brokenAlike('a', 2), plain)[0]).toEqual(
    expect.arrayContaining(['  cases    a › picture-1', '           a › picture-2']),
  );
  expect(caseDetails(brokenAlike('a', 9), plain)[0]).toContain('           a › picture-9');
});

test('other boards, other reasons and other attempts are other blocks', () => {
  const [record] = brokenAlike('a', 1);
  const { error } = record!;
  const variants: CaseRecord[] = [
    record!,
    { ...record!, target: { ...record!.target, board: 'farm-4' } },
    { ...record!, reason: 'the board has no room', error: { ...error!, message: 'the board has no room' } },
    { ...record!, attempts: [] },
    { ...record!, verdict: 'unknown' as const },
  ];

  expect(caseDetails(variants, plain)).toHaveLength(5);
});

test('a reason that names its own case is the same reason', () => {
  const stale = ['apple', 'plum-2'].map((input) => ({
    ...brokenNetwork,
    case: caseRecord('net', input).case,
    reason: `the golden net/${input} is stale`,
    error: { ...brokenNetwork.error!, message: `the golden net/${input} is stale` },
  }));

  const blocks = caseDetails(stale, plain);

  expect(blocks).toHaveLength(1);
  expect(blocks[0]).toEqual(
    expect.arrayContaining([
      '  the golden net/apple is stale',
      '  cases    net › apple',
      '           net › plum-2',
    ]),
  );
});

test('two cases with the same wrong numbers are still told apart', () => {
  const twin = { ...failedByFlip, case: caseRecord('story', 'twin').case };

  const blocks = caseDetails([failedByFlip, twin], plain);

  expect(blocks.map(([head]) => head)).toEqual([
    expect.stringContaining('story › misread'),
    expect.stringContaining('story › twin'),
  ]);
});

test('failures come before what broke', () => {
  const heads = caseDetails([brokenNetwork, failedByFlip], plain).map(([head]) => head?.split(' ')[0]);

  expect(heads).toEqual(['FAILED', 'BROKEN']);
});

test('more failures than anyone reads are counted, and do not hide what broke', () => {
  const failures = Array.from({ length: 300 }, (_, index) => ({
    ...failedByFlip,
    case: caseRecord('story', `${index}`).case,
  }));

  const blocks = caseDetails([...failures, brokenNetwork], plain);

  expect(blocks).toHaveLength(32);
  expect(blocks[30]).toEqual(['and 270 more failed; the table names them, the reports tell of each']);
  expect(blocks[31]?.[0]).toContain('ten-class › frog');
});
