import tseslint from 'typescript-eslint';
// Biome formats and lints; these two rules need types and find the worst slip there is here: an activity nobody waits for.
export default tseslint.config({ ignores: ['node_modules/**', 'dist/**', 'build/**', 'console/**', '.parley/**'] }, {
  files: ['**/*.ts'],
  plugins: { '@typescript-eslint': tseslint.plugin },
  languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
  rules: {
    '@typescript-eslint/no-floating-promises': 'error',
    '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false, attributes: false } }],
  },
});
