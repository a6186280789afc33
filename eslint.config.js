import tseslint from 'typescript-eslint';

/** Only `src/config.ts` reads the environment, so that `src/environment.ts` says all that a deployment can set. */
const noEnvironment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Only src/config.ts reads the environment: take what you need as a parameter.',
};

/** Surfaces call named functions of the domain, so that every statement on a table is found in the table's noun. */
const noQuery = {
  selector: "CallExpression[callee.property.name='query']",
  message: 'No SQL in a surface: write a named function in the noun of src/domain that owns the table.',
};

const noModel = {
  selector: "MemberExpression[object.name='models'], MemberExpression[object.property.name='models']",
  message: 'No Sequelize in a surface: hand `models` on to a named function of the noun in src/domain.',
};

/** What a request says and no schema names would be ignored. Answers stay open, because they may get more members. */
const noOpenObject = {
  selector: "CallExpression[callee.object.name='z'][callee.property.name='object']",
  message: 'A request is read by z.strictObject, so that nothing that it says is ignored.',
};

/** A test that fails while it holds a lock would hang at the stop of its server, which waits for that lock. */
const noHeldLock = {
  selector: "CallExpression[callee.property.name='query'] > Literal[value=/^\\s*begin\\b/i]",
  message: 'Hold a transaction open by test/support/held-transaction.ts, which ends it when the test fails.',
};

/** The test runner knows where a test belongs only while its file is imported: src/dev/test/import-test-file.ts. */
const noLateTest = {
  selector: "CallExpression[callee.name='describe'] > :function[async=true]",
  message: 'Await before the describe(), so that its tests are registered while the file is imported.',
};

export default tseslint.config(
  { ignores: ['.data/'] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'no-restricted-syntax': ['error', noEnvironment],
      // Outgoing requests pass through src/infra/outbound, which knows what may be reached.
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Use src/infra/outbound, which guards addresses.' },
      ],
      'max-lines': ['error', { max: 300, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
      // `== null` says "null or undefined" in one go.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      // Its `dot` form contradicts noPropertyAccessFromIndexSignature's idea, which we like for environment and JSON.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      // A method that an interface makes asynchronous may have nothing to await.
      '@typescript-eslint/require-await': 'off',
      // Classes without instance state are how Sequelize models and families of errors are written.
      '@typescript-eslint/no-extraneous-class': 'off',
      // `_next` in an Express error handler must be there, because Express counts parameters.
      '@typescript-eslint/no-unused-vars': [
        'error',
        // `await using _server` is held for its end alone.
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      // A union of two type aliases, of which one is empty today, is not a mistake.
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      // `() => socket.destroy()` and `(x) => list.push(x)` read better than their blocks.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Our parts are mostly closures, whose members are taken apart freely; interfaces cannot say that they use no
      // `this`.
      '@typescript-eslint/unbound-method': 'off',
      // `.catch(() => {})` says that a failure is ignored as well as any name would.
      '@typescript-eslint/no-empty-function': ['error', { allow: ['arrowFunctions'] }],
      // `Array<A | B>` and `(A | B)[]` are both clear.
      '@typescript-eslint/array-type': 'off',
      // A record is a type too: `type Row = {…}` is assignable to Record<string, unknown>, an interface is not.
      '@typescript-eslint/consistent-type-definitions': 'off',
    },
  },
  {
    files: ['src/config.ts', 'src/dev/**', 'test/**'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    // A process's entry point hands the environment to loadConfig, and passes on nothing else of it.
    // Before it has read that, there is no logger.
    files: ['src/web.ts', 'src/worker.ts', 'src/release.ts', 'src/boot/run-process.ts'],
    rules: { 'no-restricted-syntax': 'off', 'no-console': 'off' },
  },
  {
    files: ['src/surfaces/**'],
    rules: { 'no-restricted-syntax': ['error', noEnvironment, noQuery, noModel] },
  },
  {
    files: ['src/surfaces/api/**'],
    ignores: ['src/surfaces/api/presenters/**', 'src/surfaces/api/errors.ts'],
    rules: { 'no-restricted-syntax': ['error', noEnvironment, noQuery, noModel, noOpenObject] },
  },
  {
    // Express tells an error handler by its four parameters.
    files: ['src/surfaces/**', 'src/dev/fake-heroku/app.ts'],
    rules: { 'max-params': ['error', 4] },
  },
  {
    files: ['src/dev/**', 'test/**'],
    rules: { 'no-restricted-globals': 'off', 'no-console': 'off' },
  },
  {
    files: ['test/**'],
    ignores: ['test/support/held-transaction.ts'],
    rules: { 'no-restricted-syntax': ['error', noHeldLock, noLateTest] },
  },
  {
    files: ['test/**'],
    rules: {
      // node:test awaits what test(), it() and describe() return.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              name: ['test', 'it', 'suite', 'describe', 'before', 'after'],
              package: 'node:test',
            },
          ],
        },
      ],
      // A describe() holds its tests, and one test may tell a long story.
      'max-lines-per-function': 'off',
      // After an assertion that it is there.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // A stub that does nothing says so by its name.
      '@typescript-eslint/no-empty-function': 'off',
      // JSON that came back is compared, not computed with.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      // Both `!` and `as` claim what the assertion before them showed.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
    },
  },
  {
    // Plain JavaScript is outside the type checker's project.
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    ...tseslint.configs.disableTypeChecked,
  },
);
