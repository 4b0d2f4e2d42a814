import { parse, View } from 'vega';
import { compile } from 'vega-lite';

/**
 * The cost of a chunk against the number of chunks, as SVG.
 *
 * @param {{ contender: string, count: number, multiple: number }[]} points
 */
export async function chartOf(points) {
  const order = [...new Set(points.map(({ contender }) => contender))];
  const x = {
    field: 'count',
    type: 'quantitative',
    title: 'chunks',
    scale: { type: 'log', domain: [1_000, 1_000_000], nice: false },
    axis: { values: [1e3, 1e4, 1e5, 1e6], format: ',' },
  };
  const y = {
    field: 'multiple',
    type: 'quantitative',
    title: 'cost of a chunk, bare loop = 1',
    scale: { type: 'log', domain: [1, 200] },
    axis: { values: [1, 2, 5, 10, 20, 50, 100, 200], format: '~g' },
  };
  const color = {
    field: 'contender',
    type: 'nominal',
    scale: { domain: order, range: ['#0a58ca', '#52a2ff', '#c2571a', '#b8860b', '#7a4fbf', '#c1121f'] },
    legend: { title: null, orient: 'right', symbolSize: 80 },
  };
  const { spec } = compile({
    background: 'white',
    padding: 12,
    width: 520,
    height: 340,
    title: {
      text: 'What a chunk costs beside its work',
      subtitle: 'asynchronous worker that does nothing, 16 at a time',
      anchor: 'start',
    },
    data: { values: points },
    mark: { type: 'line', point: { filled: true, size: 45 }, strokeWidth: 2 },
    encoding: { x, y, color },
    config: {
      font: 'sans-serif',
      axis: { gridColor: '#e6e6e6', labelFontSize: 11, titleFontSize: 12 },
      legend: { labelFontSize: 12 },
      view: { stroke: null },
    },
  });
  return new View(parse(spec), { renderer: 'none' }).toSVG();
}
