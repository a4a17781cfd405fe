import { Alert, Button, Space } from 'antd';
import type { Expert, Page, Trigger } from '../model';
import { AuditLink } from '../parts/audit-link';
import { useNames } from '../parts/names';
import { PageFrame } from '../parts/page-frame';
import { RemoveButton } from '../parts/remove';
import { Sections } from '../parts/sections';
import { Loaded } from '../parts/states';
import { useWords } from '../preferences';
import { useRoute } from '../route';
import { useMay, useOpenSession } from '../session';
import { useLive } from '../use-poll';
import { DraftForm } from './draft-form';
import { ExpertMark } from './mark';
import { PauseButton } from './pause';
import { PublishButton } from './publish';
import { Trial } from './trial';
import { Triggers } from './triggers';
import { Version } from './version';
import { Versions } from './versions';

/** One expert: its draft, where it answers, what was published. */
export function ExpertDetail({ id }: { readonly id: string }) {
  const words = useWords();
  const say = words.experts;
  const names = useNames();
  const [, section, version] = useRoute().rest;
  const mayConfigure = useMay('configure');
  const expert = useLive<Expert>(`experts/${id}`);
  const { value } = expert;
  const changed = () => {
    expert.refresh();
    names.refresh();
  };
  return (
    <PageFrame
      title={value?.name ?? names.expert(id)}
      back={{ href: '#/experts', title: say.title }}
      mark={value && <ExpertMark expert={value} />}
      about={value && names.backend(value.backend)}
      actions={value && <ExpertActions expert={value} onDone={changed} />}
    >
      <Loaded of={expert} rows={8}>
        {value && (
          <>
            <Alert type="info" showIcon className="problem" title={say.publishHint} />
            <Sections
              label={value.name}
              base={`experts/${id}`}
              current={section}
              sections={[
                { path: '', title: say.tabs.draft, content: <DraftForm expert={value} onSaved={changed} /> },
                { path: 'triggers', title: say.tabs.triggers, content: <Triggers expertId={id} /> },
                ...(mayConfigure ? [{ path: 'trial', title: say.tabs.trial, content: <Trial expertId={id} /> }] : []),
                {
                  path: 'versions',
                  title: say.tabs.versions,
                  content: version ? (
                    <Version key={version} expert={value} version={Number(version)} onDone={changed} />
                  ) : (
                    <Versions expert={value} onDone={changed} />
                  ),
                },
              ]}
            />
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

function ExpertActions({ expert, onDone }: { readonly expert: Expert; onDone(): void }) {
  const say = useWords().experts;
  const { integrations } = useNames();
  const { session } = useOpenSession();
  const mayConfigure = useMay('configure');
  const mayOperate = useMay('operate');
  const { id, name, publishedVersion } = expert;
  const triggers = useLive<Page<Trigger>>(`experts/${id}/triggers?limit=100`);
  const mayTry = mayConfigure && session.sandbox;
  const inSandbox = triggers.value?.items.some(
    ({ integrationId }) => integrations.find((one) => one.id === integrationId)?.channel === 'sandbox',
  );
  return (
    <Space wrap>
      {mayTry && inSandbox && <Button href="#/sandbox">{say.try}</Button>}
      <Button href={`#/conversations?expertId=${id}`}>{say.conversations}</Button>
      <AuditLink target={id} />
      {mayOperate && publishedVersion !== null && <PauseButton expert={expert} onDone={onDone} />}
      {mayConfigure && (
        <>
          <RemoveButton kind="experts" id={id} name={name} />
          <PublishButton expert={expert} onDone={onDone} />
        </>
      )}
    </Space>
  );
}
