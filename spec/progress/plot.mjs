// `npm run docs:progress` draws docs/images/progress-*.svg, and writes the table of docs/progress.md.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { load } from './load.mjs';

const { scenarios, simulate, replay, score, watch } = await load(`
  export { scenarios } from './spec/progress/scenarios.js';
  export { simulate } from './spec/progress/simulate.js';
  export { replay } from './spec/progress/recorded-run.js';
  export { score, watch } from './spec/progress/score.js';
`);
const page = new URL('../../docs/progress.md', import.meta.url);
const seeds = 40;
/** The constants of the estimator were chosen by looking at the seeds up to 40; what is published is that of others. */
const firstSeed = 10_001;
const drawn = [
  'steady, 8 slots',
  'concurrency 8 → 1 → 8',
  'pause',
  'resumed with 90 % done',
  'retries after long waits',
  'heavy tail',
  'equal chunks, in step',
  'bounded start rate, long bursts',
  'slower and slower',
  'huge chunks at the end, reporting',
];

const recorded = readdirSync(new URL('.', import.meta.url))
  .filter((file) => /^recorded-.*\.json$/.test(file))
  .map((file) => JSON.parse(readFileSync(new URL(file, import.meta.url), 'utf8')));

const simulated = Object.entries(scenarios).map(([name, { simulation, why }]) => {
  const runs = Array.from({ length: seeds }, (_, seed) => simulate(simulation, firstSeed + seed)).map(
    (run) => [run, watch(run, 100)],
  );
  return [name, score(runs), why];
});
const real = recorded.map((run) => {
  const recording = replay(run);
  return [run.name, score([[recording, watch(recording, 100)]]), run.how];
});

const percent = (share) => (Number.isNaN(share) ? '' : `${Math.round(share * 100)} %`);
const table = (rows) =>
  [
    '| run | has an estimate | interval holds the truth | median error | width |',
    '| --- | ---: | ---: | ---: | ---: |',
  ]
    .concat(
      rows.map(([name, { answered, coverage, medianError, medianWidth }, why]) => {
        const mark = why === undefined || rows === real ? '' : ' \\*';
        return `| ${name}${mark} | ${percent(answered)} | ${percent(coverage)} | ${percent(medianError)} | ${medianWidth.toFixed(2)} |`;
      }),
    )
    .join('\n');
const between = (text, mark, content) =>
  text.replace(
    new RegExp(`(<!-- ${mark} -->)[^]*(<!-- /${mark} -->)`),
    (_, open, close) => `${open}\n${content}\n${close}`,
  );

let text = readFileSync(page, 'utf8');
text = between(text, 'simulated', table(simulated));
text = between(
  text,
  'hard',
  simulated
    .filter(([, , why]) => why)
    .map(([name, , why]) => `- *${name}*: ${why}.`)
    .join('\n'),
);
text = between(text, 'recorded', table(real));
text = between(text, 'how', recorded.map(({ name, how }) => `- **${name}**: ${how}`).join('\n'));
writeFileSync(page, text);

writeFileSync(
  new URL('images/progress-simulated.svg', page),
  await chart(
    drawn.map((name) => [name, simulate(scenarios[name].simulation, firstSeed)]),
    2,
  ),
);
writeFileSync(
  new URL('images/progress-recorded.svg', page),
  await chart(
    recorded.map((run) => [run.name, replay(run)]),
    2,
  ),
);

/** The estimate, its interval and the truth, against time. */
async function chart(runs, columns) {
  const panels = runs.map(([name, run]) => {
    const samples = watch(run, 240);
    const unit = samples.at(-1).at - samples[0].at > 300_000 ? ['min', 60_000] : ['s', 1_000];
    const values = samples.map(({ at, progress: { remaining, state }, truthMs }) => ({
      at: (at - run.sightings[0].at) / unit[1],
      truth: truthMs / unit[1],
      // Beyond it the truth is hard to see.
      ...(remaining && {
        low: remaining.lowMs / unit[1],
        high: Math.min(remaining.highMs / unit[1], (2.5 * run.endMs) / unit[1]),
        expected: remaining.expectedMs / unit[1],
      }),
      isPaused: state !== 'running',
    }));
    const x = { field: 'at', type: 'quantitative', title: unit[0], scale: { nice: false } };
    const top = 1.6 * Math.max(...values.map(({ truth }) => truth));
    const y = (field) => ({
      field,
      type: 'quantitative',
      title: `remaining, ${unit[0]}`,
      scale: { domain: [0, top] },
    });
    const line = (field, color, strokeDash) => ({
      mark: {
        type: 'line',
        color,
        strokeWidth: 1.6,
        strokeDash,
        clip: true,
        invalid: 'break-paths-filter-domains',
      },
      encoding: { x, y: y(field) },
    });
    return {
      title: { text: name, fontSize: 12 },
      width: 330,
      height: 170,
      data: { values },
      layer: [
        {
          mark: {
            type: 'area',
            color: '#52a2ff',
            opacity: 0.3,
            clip: true,
            invalid: 'break-paths-filter-domains',
          },
          encoding: { x, y: y('low'), y2: { field: 'high' } },
        },
        line('truth', '#222222', [4, 3]),
        line('expected', '#0a58ca', []),
      ],
    };
  });
  const { spec } = compile({
    background: 'white',
    padding: 12,
    title: {
      text: 'Remaining time: expected (blue), interval (band), truth (dashed)',
      anchor: 'start',
      fontSize: 13,
    },
    columns,
    concat: panels,
    resolve: { scale: { x: 'independent', y: 'independent' } },
    config: {
      font: 'sans-serif',
      axis: { gridColor: '#eeeeee', labelFontSize: 10, titleFontSize: 10, titleFontWeight: 'normal' },
      view: { stroke: null },
    },
  });
  return new View(parse(spec), { renderer: 'none' }).toSVG();
}
