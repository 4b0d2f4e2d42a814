const size = { width: 880, height: 560 };
const left = 72;
const right = 24;
const late = { top: 112, bottom: 348 };
const flown = { top: 412, bottom: 488 };

/** The hour with which a day of flying begins: what departs after midnight is the end of the day before. */
const firstHour = 5;
/** Below this many flights a share says little, and its bar is pale. */
const fewFlights = 100;

/**
 * Two rows of bars over one axis of hours: the share of late flights, and how many flights there are.
 *
 * @param {{ flights: number, lateFlights: number, lateFromMinutes: number, hours: { hour: number, flights: number, lateFlights: number }[] }} summary
 * @returns {string} an SVG file: the same bytes for the same summary
 */
export function delayChart({ flights, lateFlights, lateFromMinutes, hours }) {
  const step = (size.width - left - right) / hours.length;
  const xOf = (place) => left + place * step;
  const day = [...hours.slice(firstHour), ...hours.slice(0, firstHour)];

  const share = (of) => (of.flights === 0 ? 0 : of.lateFlights / of.flights);
  const average = { flights, lateFlights };
  const mostFlights = Math.max(...hours.map((hour) => hour.flights));
  const flightStep = niceStep(mostFlights / 2);
  const mostShown = Math.ceil(mostFlights / flightStep) * flightStep || 1;
  const lateY = (ratio) => late.bottom - ratio * (late.bottom - late.top);
  const flownY = (count) => flown.bottom - (count / mostShown) * (flown.bottom - flown.top);

  const shareTicks = [0, 0.25, 0.5, 0.75, 1].map((ratio) => tick(lateY(ratio), percent(ratio)));
  const flightTicks = [];
  for (let count = 0; count <= mostShown; count += flightStep)
    flightTicks.push(tick(flownY(count), thousands(count)));

  const bars = day.flatMap((hour, place) => {
    const x = xOf(place) + step * 0.14;
    const width = step * 0.72;
    const middle = xOf(place) + step / 2;
    const pale = hour.flights < fewFlights ? ' pale' : '';
    const hint = `${clock(hour.hour)} to ${clock((hour.hour + 1) % 24)}: ${thousands(hour.lateFlights)} of ${thousands(hour.flights)} flights late`;
    return [
      `<g><title>${hint}</title>`,
      bar(`late${pale}`, x, lateY(share(hour)), width, late.bottom),
      hour.flights > 0
        ? `<text class="value" x="${px(middle)}" y="${px(lateY(share(hour)) - 6)}">${percent(share(hour))}</text>`
        : '',
      bar(`flown${pale}`, x, flownY(hour.flights), width, flown.bottom),
      `<text class="hour" x="${px(middle)}" y="${px(flown.bottom + 18)}">${String(hour.hour).padStart(2, '0')}</text></g>`,
    ];
  });

  // The day ends at the right; midnight is where the clock goes back to 0.
  const midnight = px(xOf(24 - firstHour));
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" role="img" aria-labelledby="title summary">`,
    '<title id="title">Late flights by hour of the day</title>',
    `<desc id="summary">${percent(share(average))} of ${thousands(flights)} US flights were ${lateFromMinutes} minutes late or more.</desc>`,
    `<style>${style}</style>`,
    `<rect class="paper" width="${size.width}" height="${size.height}" rx="8"/>`,
    `<text class="heading" x="24" y="40">Late flights by hour of the day</text>`,
    `<text class="note" x="24" y="64">${thousands(flights)} US flights, of which ${thousands(lateFlights)} (${percent(share(average))}) were ${lateFromMinutes} minutes late or more</text>`,
    `<text class="axis" x="24" y="${late.top - 18}">Late flights, share of the hour</text>`,
    ...shareTicks,
    `<text class="axis" x="24" y="${flown.top - 18}">Flights, number in the hour</text>`,
    ...flightTicks,
    `<line class="midnight" x1="${midnight}" y1="${late.top}" x2="${midnight}" y2="${flown.bottom}"/>`,
    `<line class="average" x1="${left}" y1="${px(lateY(share(average)))}" x2="${size.width - right}" y2="${px(lateY(share(average)))}"/>`,
    `<text class="key" x="${left + 4}" y="${px(lateY(share(average)) - 6)}">all day: ${percent(share(average))}</text>`,
    ...bars,
    `<text class="axis middle" x="${px((left + size.width - right) / 2)}" y="${flown.bottom + 40}">Hour of the day (dashed: midnight)</text>`,
    `<text class="source" x="24" y="${size.height - 12}">Pale bars: fewer than ${fewFlights} flights.</text>`,
    `<text class="source end" x="${size.width - right}" y="${size.height - 12}">Data: US Bureau of Transportation Statistics, in vega-datasets (flights-200k.json)</text>`,
    '</svg>',
  ]
    .filter((line) => line !== '')
    .join('\n')}\n`;
}

/** Shown on paper of its own, so that it reads on a page of any colour; the paper follows the reader's scheme. */
const style = `
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-size:12px;fill:#57606a}
.paper{fill:#ffffff}.heading{font-size:20px;font-weight:600;fill:#1f2328}.note{font-size:14px}
.axis{font-weight:600;fill:#1f2328}.middle,.value,.hour{text-anchor:middle}.end,.tick{text-anchor:end}
.value{font-size:11px;fill:#1f2328;stroke:#ffffff;stroke-width:4;stroke-linejoin:round;paint-order:stroke}.key{font-weight:600;fill:#8250df}.source{font-size:11px}
.grid{stroke:#d8dee4}.midnight{stroke:#8c959f;stroke-dasharray:3 4}.average{stroke:#8250df;stroke-width:1.5}
.late{fill:#bc4c00}.flown{fill:#0969da}.pale{opacity:.3}
@media (prefers-color-scheme:dark){text{fill:#9198a1}.paper{fill:#0d1117}.heading,.axis,.value{fill:#f0f6fc}.value{stroke:#0d1117}.key{fill:#d2a8ff}
.grid{stroke:#2f353d}.midnight{stroke:#656c76}.average{stroke:#d2a8ff}.late{fill:#f0883e}.flown{fill:#4493f8}}
`;

function tick(y, label) {
  return `<line class="grid" x1="${left}" y1="${px(y)}" x2="${size.width - right}" y2="${px(y)}"/><text class="tick" x="${left - 8}" y="${px(y + 4)}">${label}</text>`;
}

function bar(kind, x, y, width, bottom) {
  return `<rect class="${kind}" x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(bottom - y)}"/>`;
}

/** A coordinate with one decimal: the same text on every machine. */
function px(value) {
  return value.toFixed(1);
}

function percent(ratio) {
  return `${Math.round(ratio * 100)} %`;
}

/** Not `toLocaleString`, which asks the machine. */
function thousands(count) {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

function clock(hour) {
  return `${String(hour).padStart(2, '0')}:00`;
}

/** The next of 1, 2, 5, 10, 20, 50 … that is at least `least`. */
function niceStep(least) {
  const unit = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return [1, 2, 5, 10].map((factor) => factor * unit).find((step) => step >= least);
}
