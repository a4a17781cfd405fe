/** Who may import whom (docs/architecture.md). An arrow may skip to the right, never go back. */
const OWN = '^(domain|channels|agents|store|activities|workflows|runtime|gateway|workers|migrations|stack|tests|benchmarks)/';
const TEST = '(\\.test\\.ts|\\.scene\\.ts|/contract\\.ts|emulator\\.ts|/emulator/.*)$';
const only = (from, ...allowed) => ({
  name: `${from}-imports-only-${allowed.join('-').replaceAll('/', '.') || 'itself'}`,
  severity: 'error',
  from: { path: `^${from}/`, pathNot: TEST },
  to: { path: OWN, pathNot: [from, ...allowed].map((f) => (f.includes('.ts') ? `^${f}` : `^${f}/`)) },
});
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only('domain'),
    only('channels', 'domain'),
    only('agents', 'domain'),
    only('store', 'domain'),
    only('activities', 'domain', 'channels', 'agents', 'store'),
    only('workflows', 'domain', 'activities/index.ts'),
    only('runtime', 'domain', 'channels', 'agents', 'store', 'workflows'),
    only('gateway', 'domain', 'channels', 'agents', 'store', 'workflows/messages.ts', 'runtime'),
    only('workers', 'domain', 'channels', 'agents', 'store', 'activities', 'workflows', 'runtime'),
    { name: 'workflows-see-activities-as-types', severity: 'error', from: { path: '^workflows/', pathNot: TEST }, to: { path: '^activities/', dependencyTypesNot: ['type-only'] } },
    { name: 'platforms-do-not-know-each-other', severity: 'error', from: { path: '^channels/([^/]+)/' }, to: { path: '^channels/([^/]+)/', pathNot: '^channels/$1/' } },
    { name: 'only-tests-see-emulators', severity: 'error', from: { pathNot: `${TEST}|^tests/|^benchmarks/` }, to: { path: '(emulator\\.ts|/emulator/|/contract\\.ts|\\.scene\\.ts)' } },
    { name: 'workflows-stay-deterministic', severity: 'error', from: { path: '^(workflows|domain)/', pathNot: TEST }, to: { dependencyTypes: ['core', 'npm'], pathNot: 'node_modules/@temporalio/(workflow|common)' } },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, doNotFollow: { path: 'node_modules' }, exclude: { path: '^(dist|build|node_modules|console)' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'], exportsFields: ['exports'], conditionNames: ['require', 'types', 'node'] },
  },
};
