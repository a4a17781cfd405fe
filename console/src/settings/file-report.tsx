import { Alert } from 'antd';
import type { ApiProblem } from '../api';
import type { ConfigurationChange } from '../model';
import { Pill } from '../parts/small';
import { sentenceOf } from '../parts/states';
import { Table } from '../parts/table';
import { useWords } from '../preferences';
import { type ChosenFile, nameIn } from './chosen-file';
import { lineOf } from './file-places';

const WITHIN = /^configuration\.?/;
const TONES: Readonly<Record<ConfigurationChange['action'], string>> = { create: 'done', change: 'open', publish: 'waiting' };

/** Where a file does not fit, and why. */
export function FileProblems({ file, problem }: { readonly file: ChosenFile; readonly problem: ApiProblem }) {
  const words = useWords();
  const say = words.settings.configuration;
  const placed = problem.fields
    .filter(({ path }) => WITHIN.test(path))
    .map(({ path, message }) => ({ path: path.replace(WITHIN, ''), message }));
  if (placed.length === 0) return <Alert type="error" showIcon title={sentenceOf(problem, words)} className="problem" />;
  return (
    <>
      <Alert type="error" showIcon title={say.problems(placed.length)} description={say.problemsHint} className="problem" />
      <Table
        label={say.problems(placed.length)}
        rows={placed}
        keyOf={({ path, message }) => `${path} ${message}`}
        columns={[
          { title: say.place, cell: ({ path }) => <Place file={file} path={path} /> },
          { title: say.problem, cell: ({ message }) => message },
        ]}
      />
    </>
  );
}

/** What an import makes different. */
export function FileChanges({
  file,
  changes,
  title,
}: {
  readonly file: ChosenFile;
  readonly changes: readonly ConfigurationChange[];
  readonly title: string;
}) {
  const say = useWords().settings.configuration;
  return (
    <Table
      label={title}
      rows={changes}
      keyOf={({ path }) => path}
      columns={[
        { title: say.what, cell: ({ path }) => <Place file={file} path={path} /> },
        { title: say.action, cell: ({ action }) => <Pill tone={TONES[action]}>{say.actions[action]}</Pill> },
        { title: say.fields, cell: ({ fields }) => fields.map((field) => say.fieldNames[field] ?? field).join(', ') || '–' },
      ]}
    />
  );
}

function Place({ file, path }: { readonly file: ChosenFile; readonly path: string }) {
  const say = useWords().settings.configuration;
  const [kind = '', , ...within] = path.split('.');
  const line = lineOf(file.lines, path);
  const name = nameIn(file, path);
  const kindName = say.kinds[kind];
  const named = name !== undefined && kindName !== undefined;
  const inner = named ? within.join('.') : path;
  return (
    <span className="chat-cell">
      {named && say.named(kindName, name)}
      <span className="quiet">
        {line !== undefined && say.line(line)}
        {inner !== '' && inner !== 'published' && (
          <>
            {line !== undefined && ' · '}
            <code>{inner}</code>
          </>
        )}
      </span>
    </span>
  );
}
