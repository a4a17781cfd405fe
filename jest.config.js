/** Packages that Node may require and jest may not. */
const ES_MODULES = '(openid-client|oauth4webapi|jose)';
/** One runner for everything: unit, workflow, end-to-end, fault and browser tests alike. */
const common = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' }, sourceMaps: 'inline' }],
    [`/${ES_MODULES}/.+\\.js$`]: ['@swc/jest', { jsc: { target: 'es2022' }, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: [`/node_modules/(?!${ES_MODULES}/)`],
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/build', '<rootDir>/.parley'],
};
/** Tests that measure or promise seconds: they have the machine to themselves, and come first. */
const ALONE = [
  ...['load', 'rates', 'stopping', 'random-kills', 'outages', 'connections', 'links', 'cut-off-worker'].map((name) => `tests/faults/${name}`),
  'workflows/conversation.load',
];

module.exports = {
  maxWorkers: 2,
  // A process grows with each file it has run, and pauses longer and longer to collect what they left; a fresh one costs two seconds.
  workerIdleMemoryLimit: '500MB',
  workerGracefulExitTimeout: 5000,
  testSequencer: '<rootDir>/tests/support/longest-first.js',
  projects: [
    {
      ...common,
      displayName: 'two at once',
      testMatch: ['<rootDir>/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/', ...ALONE.map((file) => `<rootDir>/${file}\\.test`)],
    },
    {
      ...common,
      displayName: 'alone',
      runner: '<rootDir>/tests/support/alone.js',
      testMatch: ALONE.map((file) => `<rootDir>/${file}.test.ts`),
    },
  ],
};
