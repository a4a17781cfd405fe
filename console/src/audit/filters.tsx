import { Button, Form, Input, Select } from 'antd';
import { useEffect, useState } from 'react';
import type { ApiKey, AuditRecord, Member, Page } from '../model';
import { useWords } from '../preferences';
import { hrefTo, useRoute } from '../route';
import { useMay, useOpenSession } from '../session';
import { useLook } from '../use-poll';
import { IdChoice } from './id-choice';

export const filterNames = ['actor', 'action', 'target', 'from', 'to', 'everywhere'] as const;
type Values = { readonly [Name in (typeof filterNames)[number]]?: string };

/** What to look for; it stands in the address, so that a search can be handed on. */
export function AuditFilters({ records }: { readonly records: readonly AuditRecord[] | undefined }) {
  const words = useWords();
  const { filters: say, actions } = words.audit;
  const isTenantAdmin = useMay('tenant');
  const { query } = useRoute();
  const { actors, targets } = useNamed(records);
  const [form] = Form.useForm<Values>();
  const asked = query.toString();
  useEffect(() => {
    const given = new URLSearchParams(asked);
    form.setFieldsValue(Object.fromEntries(filterNames.map((name) => [name, given.get(name) ?? undefined])));
  }, [form, asked]);
  const search = (values: Values) => {
    location.hash = hrefTo('audit', values);
  };
  const submit = () => form.submit();
  const actionOptions = Object.entries(actions).map(([value, label]) => ({ value, label: `${label} (${value})` }));
  return (
    <Form<Values> form={form} layout="vertical" className="filters" role="search" aria-label={say.label} onFinish={search}>
      <Form.Item name="actor" label={say.actor}>
        <IdChoice known={actors} onChange={submit} />
      </Form.Item>
      <Form.Item name="action" label={say.action}>
        <Select
          allowClear
          showSearch={{ optionFilterProp: 'label' }}
          placeholder={words.common.all}
          options={actionOptions}
          onChange={submit}
          popupMatchSelectWidth={false}
        />
      </Form.Item>
      <Form.Item name="target" label={say.target}>
        <IdChoice known={targets} onChange={submit} />
      </Form.Item>
      <Form.Item name="from" label={say.from}>
        <Input type="date" />
      </Form.Item>
      <Form.Item name="to" label={say.to}>
        <Input type="date" />
      </Form.Item>
      {isTenantAdmin && (
        <Form.Item name="everywhere" label={say.everywhere}>
          <Select allowClear placeholder="–" options={[{ value: 'true', label: say.everywhere }]} onChange={submit} />
        </Form.Item>
      )}
      <div className="filter-buttons">
        <Button type="primary" htmlType="submit">
          {say.search}
        </Button>
        {asked && <Button href="#/audit">{say.clear}</Button>}
      </div>
    </Form>
  );
}

interface Named {
  readonly actors: Map<string, string>;
  readonly targets: Map<string, string>;
}

/** Who and what can be chosen by name: members, keys, and whatever records have named since the page was opened. */
function useNamed(records: readonly AuditRecord[] | undefined): Named {
  const { session } = useOpenSession();
  const maySeeMembers = useMay('members') && Boolean(session.organization);
  const [named] = useState<Named>(() => ({ actors: new Map(), targets: new Map() }));
  const { value: holders = [] } = useLook(
    'actors',
    async (api, signal) => {
      if (!maySeeMembers) return [];
      const [members, keys] = await Promise.all([
        api.get<Page<Member>>('members?limit=200', signal),
        api.get<Page<ApiKey>>('keys?limit=200', signal),
      ]);
      return [...members.items, ...keys.items];
    },
    'once',
  );
  for (const { id, name } of holders) named.actors.set(id, name);
  // The newest last: what was renamed is known by its last name.
  for (const { actor, targets } of [...(records ?? [])].reverse()) {
    if (actor.id) named.actors.set(actor.id, actor.name);
    const [main] = targets;
    if (main && (main.name || !named.targets.has(main.id))) named.targets.set(main.id, `${main.type} ${main.name ?? main.id.slice(0, 8)}`);
  }
  return named;
}
