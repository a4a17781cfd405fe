import { Button, Popconfirm, Space } from 'antd';
import type { PersonDetail } from '../model';
import { useNames } from '../parts/names';
import { PageFrame, Panel } from '../parts/page-frame';
import { Facts, Moment, Pill } from '../parts/small';
import { Loaded } from '../parts/states';
import { Table } from '../parts/table';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi, useMay } from '../session';
import { useLive } from '../use-poll';
import { EraseButton } from './erase';
import { MergeButton } from './merge';
import { displayName, TONES } from './person-name';

/** One person: the user, all identities, and what may be done about them. */
export function PersonPage({ id }: { readonly id: string }) {
  const words = useWords();
  const say = words.persons;
  const names = useNames();
  const person = useLive<PersonDetail>(`people/${id}`);
  const { value } = person;
  const user = value?.user;
  return (
    <PageFrame
      title={value ? displayName(value, words) : say.title}
      back={{ href: '#/people', title: say.title }}
      mark={value && <Pill tone={TONES[value.state] ?? 'waiting'}>{say.states[value.state] ?? value.state}</Pill>}
      actions={value && <Actions person={value} onDone={person.refresh} />}
    >
      <Loaded of={person} rows={8}>
        {value && (
          <>
            <Panel title={say.user}>
              {user ? (
                <Facts
                  facts={[
                    user.username && [say.fields.username, user.username],
                    user.email && [say.fields.email, user.email],
                    user.mobile && [say.fields.mobile, user.mobile],
                    user.staffId && [say.fields.staffId, user.staffId],
                    user.department && [say.fields.department, user.department],
                    [say.fields.source, user.source],
                  ]}
                />
              ) : (
                <p className="quiet">{say.noUser}</p>
              )}
            </Panel>
            <Panel title={say.identities} className="panel-table">
              <Table
                label={say.identities}
                rows={value.identities}
                keyOf={(one) => one.id}
                columns={[
                  { title: say.columns.person, cell: (one) => displayName(one, words) },
                  { title: say.columns.integration, cell: ({ integrationId }) => names.integration(integrationId) },
                  {
                    title: say.columns.state,
                    cell: ({ state, joined }) => (
                      <span className="chat-cell">
                        <Pill tone={TONES[state] ?? 'waiting'}>{say.states[state] ?? state}</Pill>
                        {joined && <span className="quiet">{say.joined}</span>}
                      </span>
                    ),
                  },
                  { title: say.columns.firstSeen, cell: ({ firstSeenAt }) => <Moment at={firstSeenAt} /> },
                  { title: say.columns.lastSeen, cell: ({ lastSeenAt }) => <Moment at={lastSeenAt} /> },
                  { title: say.conversations, cell: (one) => <a href={`#/conversations?personId=${one.id}`}>{say.conversations}</a> },
                ]}
              />
            </Panel>
          </>
        )}
      </Loaded>
    </PageFrame>
  );
}

function Actions({ person, onDone }: { readonly person: PersonDetail; onDone(): void }) {
  const { id, state } = person;
  const words = useWords();
  const say = words.persons;
  const api = useApi();
  const { run } = useAction();
  const mayOperate = useMay('operate');
  const mayConfigure = useMay('configure');
  if (state === 'erased') return null;
  const act = async (command: 'block' | 'unblock', done: string) => {
    await run(() => api.post(`people/${id}/${command}`), done);
    onDone();
  };
  return (
    <Space wrap>
      {mayConfigure && <MergeButton person={person} onDone={onDone} />}
      {mayOperate && state === 'blocked' && <Button onClick={() => act('unblock', say.unblockDone)}>{say.unblock}</Button>}
      {mayOperate && state !== 'blocked' && (
        <Popconfirm cancelText={words.common.cancel} title={say.blockAsk} okText={say.block} onConfirm={() => act('block', say.blockDone)}>
          <Button>{say.block}</Button>
        </Popconfirm>
      )}
      {mayConfigure && <EraseButton person={person} />}
    </Space>
  );
}
