// Loaded into the command: wall time is off by as many ms as a file says. Monotonic time is as it is.
const { readFileSync } = require('node:fs');

const RealDate = Date;
const offset = () => {
  try {
    return Number(readFileSync(process.env.CLOCK_OFFSET_FILE, 'utf8'));
  } catch {
    return 0;
  }
};
globalThis.Date = class extends RealDate {
  constructor(...args) {
    super(...(args.length === 0 ? [RealDate.now() + offset()] : args));
  }
  static now() {
    return RealDate.now() + offset();
  }
};
