// Runs one measurement, and sends what it found: `in-process-of-its-own.mjs` starts it.
const [module, measurement, args] = process.argv.slice(2);
const { [measurement]: measure } = await import(`./${module}.mjs`);
const found = await measure(...JSON.parse(args));
process.send(found ?? null, () => process.exit());
