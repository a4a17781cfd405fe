import { SearchOutlined } from '@ant-design/icons';
import { Button, Form, Input, Select } from 'antd';
import { withQuery } from '../api';
import { AskReason, useReasonNeeded } from '../conversations/reason';
import type { Person } from '../model';
import { useNames } from '../parts/names';
import { PageFrame, Panel } from '../parts/page-frame';
import { Moment, Pill } from '../parts/small';
import { Loaded, More, Nothing } from '../parts/states';
import { Table } from '../parts/table';
import { useWords } from '../preferences';
import { hrefTo, useRoute } from '../route';
import { useMay } from '../session';
import { usePages } from '../use-poll';
import { PersonPage } from './person';
import { displayName, TONES } from './person-name';

/** `#/people?q=…` and `#/people/<id>`. */
export function PeoplePage() {
  const [id] = useRoute().rest;
  return id ? <PersonPage key={id} id={id} /> : <PeopleList />;
}

interface Filter {
  readonly q?: string;
  readonly integrationId?: string;
  readonly blocked?: string;
}

function PeopleList() {
  const words = useWords();
  const say = words.persons;
  const names = useNames();
  const { query } = useRoute();
  const mayRead = useMay('content');
  const asked: Filter = Object.fromEntries([...query].filter(([name]) => ['q', 'integrationId', 'blocked'].includes(name)));
  const reasonNeeded = useReasonNeeded();
  const search = (values: Filter) => {
    location.hash = hrefTo('people', { ...values });
  };
  return (
    <PageFrame title={say.title} about={say.about}>
      <Form<Filter>
        key={query.toString()}
        layout="vertical"
        className="filters"
        role="search"
        aria-label={say.go}
        initialValues={asked}
        onFinish={search}
      >
        {mayRead && (
          <Form.Item name="q" label={say.search} className="filter-words">
            <Input prefix={<SearchOutlined aria-hidden />} allowClear />
          </Form.Item>
        )}
        <Form.Item name="integrationId" label={say.columns.integration}>
          <Select
            allowClear
            placeholder={words.common.all}
            options={names.integrations.map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Form.Item>
        <Form.Item name="blocked" label={say.blocked}>
          <Select allowClear placeholder={words.common.all} options={[{ value: 'true', label: say.blockedOnly }]} />
        </Form.Item>
        <div className="filter-buttons">
          <Button type="primary" htmlType="submit">
            {say.go}
          </Button>
        </div>
      </Form>
      {asked.q && reasonNeeded ? <AskReason /> : <Found asked={asked} />}
    </PageFrame>
  );
}

function Found({ asked }: { readonly asked: Filter }) {
  const words = useWords();
  const say = words.persons;
  const names = useNames();
  const people = usePages<Person>(withQuery('people', { ...asked }));
  return (
    <Panel className="panel-table">
      <Loaded of={people} rows={8}>
        {people.items?.length === 0 ? (
          <Nothing title={say.empty} hint={say.emptyHint} />
        ) : (
          <Table
            label={say.title}
            rows={people.items ?? []}
            keyOf={({ id }) => id}
            columns={[
              {
                title: say.columns.person,
                cell: (person) => (
                  <span className="chat-cell">
                    <a href={`#/people/${person.id}`}>{displayName(person, words)}</a>
                    {person.external && <span className="quiet">{say.external}</span>}
                  </span>
                ),
              },
              { title: say.columns.integration, cell: ({ integrationId }) => names.integration(integrationId) },
              { title: say.columns.user, cell: ({ user }) => user?.username ?? '–' },
              {
                title: say.columns.state,
                cell: ({ state }) => <Pill tone={TONES[state] ?? 'waiting'}>{say.states[state] ?? state}</Pill>,
              },
              { title: say.columns.lastSeen, cell: ({ lastSeenAt }) => <Moment at={lastSeenAt} /> },
            ]}
          />
        )}
        <More more={people.more} />
      </Loaded>
    </Panel>
  );
}
