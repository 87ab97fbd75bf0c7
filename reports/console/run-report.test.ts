import pc from 'picocolors';
import { expect, test } from 'vitest';
import { displayWidth } from './display-width.ts';
import { caseRecord, hardwareTarget } from '../fixture-records.ts';
import { fixtureSummary, passed, passedOnHardware } from '../fixture-run.ts';
import { resultTable } from './result-table.ts';
import { runReport } from './run-report.ts';

const plain = pc.createColors(false);
const paths = {
  report: 'npx hil report',
  allureResults: 'allure-results',
  junitFile: '.hil/junit.xml',
  captures: '.hil/runs/5f1c',
};

test('tells a run of every sort in full', () => {
  expect(`\n${runReport(fixtureSummary, paths, 160, plain)}`).toMatchInlineSnapshot(`
    "
    case               board                SDK stack                      format  top-1   worst |error| / limit    cosine  verdict    total     NPU
    depth › room       virtual (simulated)  1.7.5 (toolkit 1.7.1)          fp16    -            NaN / 0.05   NaN       NaN  FAILED    140 ms  2.3 ms
    detector › street  farm-3               1.6.0 (driver 6.4.3.5.293908)  u8      -                           -         -  FAILED    140 ms  2.3 ms
    stale › cat        virtual (simulated)  1.7.5 (toolkit 1.7.1)          fp16    -                           -         -  BROKEN     15 ms       -
    story › dim        virtual (simulated)  1.7.5 (toolkit 1.7.1)          fp16    0      0.01102 / 0.0125  88 %  0.999927  marginal  140 ms  2.3 ms
    story › misread    virtual (simulated)  1.7.5 (toolkit 1.7.1)          fp16    0 → 1    0.9576 / 0.03 3193 %  0.044400  FAILED    140 ms  2.3 ms
    story › picture    virtual (simulated)  1.7.5 (toolkit 1.7.1)          fp16    0       0.001255 / 0.03   4 %  0.999999  passed    140 ms  2.3 ms
    story › retried    virtual (simulated)  1.7.5 (toolkit 1.7.1)          fp16    0       0.001255 / 0.03   4 %  0.999999  passed    140 ms  2.3 ms
    ten-class › frog   farm-3               1.6.0                          u8      -                           -         -  BROKEN    31.2 s       -
    ten-class › ship   farm-3               1.6.0 (driver 6.4.3.5.293908)  u8      0         0.0823 / 0.15  54 %  0.996000  passed    140 ms  2.3 ms
    two-heads › dog    virtual (simulated)  1.7.5 (toolkit 1.7.1)          fp16    -                           -         -  skipped     0 ms       -

    FAILED  depth › room  on virtual (simulated), SDK 1.7.5, fp16
      depth holds 2 values that are no numbers, the first at [0, 1]
      non-finite: depth holds 1 NaN and 1 infinity
      output  check  value  limit  used  would just pass
      depth   atol     NaN   0.05   NaN  -
      worst element of depth 1x4: [0, 1] golden -2.25, board NaN
      spec     specs/depth.hil.yaml
      input    specs/images/room.png

    FAILED  detector › street  on farm-3, SDK 1.6.0, u8
      output boxes is missing: the board answered scores only
      missing-output: boxes is missing; the board answered scores
      spec     specs/detector.hil.yaml
      input    specs/images/street.png

    FAILED  story › misread  on virtual (simulated), SDK 1.7.5, fp16
      top-1 is 1 instead of 0; p[0] is 0.0007 where the golden has 0.9581 (|error| 0.9574, limit 0.03)
      output  check    value   limit    used  would just pass
      prob    atol    0.9576    0.03  3193 %  { atol: 0.9577 }
      prob    top-1        1       0    over  -
      prob    margin   10.35  0.6261  1654 %  { marginRtol: 3.31 }
      worst element of prob 1x2: [0, 1] golden 0.041866, board 0.999512
      known issue NPU-17: bytes are read as signed (https://example.org/issues/NPU-17); still a failure
      spec     specs/story.hil.yaml
      input    specs/images/misread.png
      capture  .hil/runs/5f1c/story-misread

    BROKEN  stale › cat  on virtual (simulated), SDK 1.7.5, fp16
      the golden of stale was made from another model
      golden/stale was made from model 2222222222, the spec now names 3333333333
      next: Look at the difference, then run: npx hil golden update specs/stale.hil.yaml
      HIL_GOLDEN_STALE, for the author of the spec
      spec     specs/stale.hil.yaml
      input    specs/images/cat.png

    BROKEN  ten-class › frog  on farm-3, SDK 1.6.0, u8
      farm-3 (192.0.2.7:22) did not answer over SSH within 10000 ms
      caused by: Error: connect ECONNREFUSED 192.0.2.7:22
      next: Check its power and network, then try: ssh -p 22 root@192.0.2.7 true
      HIL_SSH_UNREACHABLE, for the keeper of the lab
      2 attempts before it ended in the same way, on farm-3, farm-4
      spec     specs/ten-class.hil.yaml
      input    specs/images/frog.png

    Marginal: passed with more than 80 % of a limit used
      story › dim: atol uses 88 % of its limit: |error| 0.01102, limit 0.0125

    Tolerances that would miss an injected fault
      story: atol 0.03 does not see one fp16 step on the top class on 1 of 3 cases

    Tolerances not tested with injected faults
      ten-class › ship: its outputs have 1,382,400 values, and above 1,000,000 only \`npx hil lint\` tests

    Skipped
      two-heads › dog: no board with SDK >=2.0.0

    4 passed (1 marginal), 3 failed, 2 broken, 1 skipped in 42.3 s
    7 of 10 results are simulated; they say nothing about a real NPU.
    Report          npx hil report
    Allure results  allure-results
    JUnit file      .hil/junit.xml
    Captures        .hil/runs/5f1c
    "
  `);
});

test('drops columns from 120 to 60 and never runs over', () => {
  for (const width of [120, 100, 80, 60]) {
    for (const line of resultTable(fixtureSummary.records, width, plain)) {
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  }
});

test('at 100 columns the error against its limit is still shown', () => {
  expect(`\n${resultTable(fixtureSummary.records, 100, plain).join('\n')}`).toMatchInlineSnapshot(`
    "
    case               board                SDK    top-1   worst |error| / limit  verdict    total
    depth › room       virtual (simulated)  1.7.5  -            NaN / 0.05   NaN  FAILED    140 ms
    detector › street  farm-3               1.6.0  -                           -  FAILED    140 ms
    stale › cat        virtual (simulated)  1.7.5  -                           -  BROKEN     15 ms
    story › dim        virtual (simulated)  1.7.5  0      0.01102 / 0.0125  88 %  marginal  140 ms
    story › misread    virtual (simulated)  1.7.5  0 → 1    0.9576 / 0.03 3193 %  FAILED    140 ms
    story › picture    virtual (simulated)  1.7.5  0       0.001255 / 0.03   4 %  passed    140 ms
    story › retried    virtual (simulated)  1.7.5  0       0.001255 / 0.03   4 %  passed    140 ms
    ten-class › frog   farm-3               1.6.0  -                           -  BROKEN    31.2 s
    ten-class › ship   farm-3               1.6.0  0         0.0823 / 0.15  54 %  passed    140 ms
    two-heads › dog    virtual (simulated)  1.7.5  -                           -  skipped     0 ms"
  `);
});

test('at 60 columns name, board, share of the limit and verdict are left', () => {
  expect(`\n${resultTable(fixtureSummary.records, 60, plain).join('\n')}`).toMatchInlineSnapshot(`
    "
    case               board           of limit  verdict
    depth › room       virtual (sim.)       NaN  FAILED
    detector › street  farm-3                 -  FAILED
    stale › cat        virtual (sim.)         -  BROKEN
    story › dim        virtual (sim.)      88 %  marginal
    story › misread    virtual (sim.)    3193 %  FAILED
    story › picture    virtual (sim.)       4 %  passed
    story › retried    virtual (sim.)       4 %  passed
    ten-class › frog   farm-3                 -  BROKEN
    ten-class › ship   farm-3              54 %  passed
    two-heads › dog    virtual (sim.)         -  skipped"
  `);
});

test('a long name is shortened in the middle before columns are dropped', () => {
  const record = caseRecord(
    'a-network-with-a-long-name',
    'and-a-picture-with-a-name-that-is-longer-still-0017',
  );

  const table = resultTable([record], 120, plain);

  expect(`\n${table.join('\n')}`).toMatchInlineSnapshot(`
    "
    case                                                board                SDK    format  top-1  of limit  verdict   total
    a-network-with-a-long-nam…hat-is-longer-still-0017  virtual (simulated)  1.7.5  fp16    -             -  passed   140 ms"
  `);
});

test('wide characters keep the columns straight', () => {
  const table = resultTable([caseRecord('動物', '猫'), caseRecord('animals', 'cat')], 120, plain);

  const columnOf = (line: string | undefined, word: string) =>
    displayWidth((line ?? '').split(word)[0] ?? '');
  expect(columnOf(table[1], 'virtual')).toBe(columnOf(table[2], 'virtual'));
});

test('says so when every result is simulated, and when none is says nothing', () => {
  const simulated = runReport({ ...fixtureSummary, records: [passed] }, {}, 100, plain);
  const real = runReport({ ...fixtureSummary, records: [passedOnHardware] }, {}, 100, plain);

  expect(simulated).toContain('Every result is simulated: no NPU was involved.');
  expect(real).not.toMatch(/simulated/);
});

test('an interrupted run and errors outside of cases are not hidden by good results', () => {
  const text = runReport(
    { ...fixtureSummary, records: [], interrupted: true, errors: ['specs/bad.hil.yaml does not parse'] },
    {},
    100,
    plain,
  );

  expect(text).toBe(
    [
      'ERROR  specs/bad.hil.yaml does not parse',
      '',
      'Interrupted: what had not ended has no result.',
      '0 passed, 0 failed, 0 broken, 0 skipped in 42.3 s; 1 error outside of cases',
      '',
    ].join('\n'),
  );
});

test('a fault that a tolerance does not see is counted over the cases of its spec', () => {
  const unseen = { fault: 'top-two-swapped', output: 'prob', message: 'atol 0.01 does not see a top-1 flip' };
  const records = Array.from({ length: 40 }, (_, index) =>
    caseRecord('two-class', `${index}`, {
      comparison: passed.comparison,
      unseenFaults: index < 3 ? [unseen] : [],
      target: hardwareTarget,
    }),
  );

  const text = runReport({ ...fixtureSummary, records }, {}, 100, plain);

  expect(text).toContain('  two-class: atol 0.01 does not see a top-1 flip on 3 of 40 cases\n');
});

test('boards that were set aside are named with the reason', () => {
  const error = { code: 'HIL_X', owner: 'lab', message: 'no answer', hint: 'Look.', causes: [] } as const;
  const setAside = [
    { board: 'farm-3', reason: 'after 3 visits in a row: no answer', error, incident: false },
  ];

  const text = runReport({ ...fixtureSummary, records: [passed], setAside }, {}, 100, plain);

  expect(text).toContain('\nSET ASIDE  board farm-3, after 3 visits in a row: no answer\n');
});

test('cases that passed and were explained have a line each', () => {
  const explanation = {
    cause: 'unknown',
    summary: 'nothing found',
    evidence: [],
    next: [],
    remarks: [],
  } as const;
  const records = [{ ...passed, explanation }, { ...passedOnHardware }];

  const report = runReport({ ...fixtureSummary, records }, paths, 160, plain);

  expect(report).toContain(`Passed, and explained\n  ${passed.case.name}: nothing found\n\n`);
});
