const { statSync } = require('node:fs');
const { default: Sequencer } = require('@jest/test-sequencer');

const SLOW = ['/tests/faults/', '/tests/browser/', '/tests/end-to-end/'];
const rank = ({ path, context }) => {
  if (context.config.displayName?.name === 'alone') return 0;
  return SLOW.findIndex((folder) => path.includes(folder)) + 1 || SLOW.length + 1;
};

/** What runs alone begins, then what takes minutes, so that no core waits for the other at the end; a fresh checkout knows no durations. */
module.exports = class extends Sequencer {
  sort(tests) {
    const size = new Map(tests.map(({ path }) => [path, statSync(path).size]));
    return [...tests].sort((a, b) => rank(a) - rank(b) || size.get(b.path) - size.get(a.path));
  }
};
