import type { Job, Pipeline, Step } from './pipeline.ts';

/**
 * Reads a Jenkinsfile that keeps to a plain pattern, since nothing here understands Groovy:
 *
 * - The stages `boards` (a matrix over the axis SHARD) and `report` are told apart by their opening lines.
 * - Shell lines are `sh '''...'''`; values of `environment` are `NAME = 'value'` or `NAME = credentials('id')`.
 * - Files are kept by `stash`, `junit` and `archiveArtifacts`, and brought back by `unstash`, each on one line.
 * - What is kept is in `post { always { ... } }`; `catchError` lets a stage go on.
 */
export function jenkinsPipeline(
  text: string,
  secrets: Readonly<Record<string, string>>,
  build: number,
): Pipeline {
  const reportAt = text.indexOf("stage('report')");
  const boardsAt = text.indexOf("stage('boards')");
  const [head, boards, report] = [
    text.slice(0, boardsAt),
    text.slice(boardsAt, reportAt),
    text.slice(reportAt),
  ];
  const common = environmentOf(head, secrets);
  const shards = [.../values '(\d)', '(\d)'/.exec(boards)!].slice(1);
  return {
    systemEnv: {
      BUILD_URL: `https://jenkins.example/job/precision/${build}/`,
      JENKINS_URL: 'https://jenkins.example/',
    },
    shell: ['sh', '-xe'],
    jobs: [
      ...shards.map((shard): Job => ({
        name: `boards ${shard}`,
        env: { ...common, ...environmentOf(boards, secrets), SHARD: shard },
        steps: stepsOf(boards.replaceAll('${SHARD}', shard)),
      })),
      {
        name: 'report',
        env: { ...common, ...environmentOf(report, secrets) },
        steps: stepsOf(report),
      },
    ],
  };
}

/** Credentials are called as their variables are, in small letters with dashes. */
function environmentOf(part: string, secrets: Readonly<Record<string, string>>): Record<string, string> {
  const plain = [...part.matchAll(/(\w+) = '([^']*)'/g)].map(([, name, value]) => [name!, value!]);
  const secret = [...part.matchAll(/(\w+) = credentials\('([^']*)'\)/g)].map(([, name, id]) => {
    const value = secrets[id!.toUpperCase().replaceAll('-', '_')];
    if (value === undefined) throw new Error(`nobody here knows the credentials ${id}`);
    return [name!, value];
  });
  return Object.fromEntries([...plain, ...secret]);
}

const stepPattern =
  /sh '''\n(?<script>.*?)'''|unstash '(?<fetched>[^']+)'|stash name: "(?<stash>[^"]+)", includes: '(?<stashed>[^']+)'|(?:junit|archiveArtifacts artifacts:) '(?<shown>[^']+)'|publishHTML\(target: \[.*?reportDir: '(?<page>[^']+)'/gs;

function stepsOf(part: string): Step[] {
  const keptFrom = part.indexOf('always {');
  return [...part.matchAll(stepPattern)].map(({ groups = {}, index }): Step => {
    const { script, fetched, stash, stashed, shown, page } = groups;
    const always = keptFrom !== -1 && index > keptFrom;
    if (script !== undefined) return { kind: 'shell', script, env: {}, always };
    if (fetched !== undefined) return { kind: 'fetch', prefix: fetched, into: '.', always };
    const globs = page === undefined ? (stashed ?? shown!).split(', ') : [`${page}/**`];
    const name = stash ?? (page === undefined ? `shown ${index}` : 'report');
    return { kind: 'keep', name, globs, base: '.', always };
  });
}
