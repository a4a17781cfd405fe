const { default: TestRunner } = require('jest-runner');

/** Runs its tests one after the other, while no other test runs, in a process of their own: for those that promise seconds. */
module.exports = class extends TestRunner {
  constructor(globalConfig, context) {
    super({ ...globalConfig, maxWorkers: 1 }, context);
  }
};
