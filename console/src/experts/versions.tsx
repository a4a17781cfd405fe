import type { Expert, ExpertVersion } from '../model';
import { useNames } from '../parts/names';
import { Panel } from '../parts/page-frame';
import { Moment, Pill } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { Table } from '../parts/table';
import { useWords } from '../preferences';
import { useMay } from '../session';
import { usePages } from '../use-poll';
import { RollBackButton } from './publish';

/** What was published, newest first. */
export function Versions({ expert, onDone }: { readonly expert: Expert; onDone(): void }) {
  const { experts, common } = useWords();
  const names = useNames();
  const say = experts.versions;
  const mayConfigure = useMay('configure');
  const { id, publishedVersion } = expert;
  const versions = usePages<ExpertVersion>(`experts/${id}/versions`);
  const changed = () => {
    versions.refresh();
    onDone();
  };
  return (
    <Panel title={experts.tabs.versions} className="panel-table">
      <Loaded of={versions}>
        {versions.items?.length === 0 ? (
          <Nothing title={say.empty} hint={say.emptyHint} />
        ) : (
          <Table
            label={experts.tabs.versions}
            rows={versions.items ?? []}
            keyOf={(one) => one.id}
            columns={[
              {
                title: say.version,
                cell: ({ version }) => <a href={`#/experts/${id}/versions/${version}`}>{say.title(version)}</a>,
              },
              {
                title: say.state,
                silent: true,
                cell: ({ version }) => version === publishedVersion && <Pill tone="done">{say.current}</Pill>,
              },
              { title: common.name, cell: ({ name }) => name },
              { title: experts.backend, cell: ({ backend }) => names.backend(backend) },
              { title: say.at, cell: ({ publishedAt }) => <Moment at={publishedAt} /> },
              {
                title: common.actions,
                silent: true,
                end: true,
                cell: ({ version }) =>
                  mayConfigure &&
                  version !== publishedVersion && <RollBackButton expert={expert} version={version} onDone={changed} small />,
              },
            ]}
          />
        )}
        <More more={versions.more} />
      </Loaded>
    </Panel>
  );
}
