import { AutoComplete, Form, Input, InputNumber, Modal, Radio, Select, Switch } from 'antd';
import { useMemo } from 'react';
import { withQuery } from '../api';
import type { Page, SpendingLimit, UsageRow } from '../model';
import { showInFields } from '../parts/form-problems';
import { useNames } from '../parts/names';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { useLive } from '../use-poll';

const WHO = ['all', 'each', 'person', 'department'] as const;
const LOOK_BACK_MS = 90 * 86_400_000;

interface Values extends Omit<SpendingLimit, 'id' | 'state' | 'person' | 'eachPerson'> {
  readonly who: (typeof WHO)[number];
}

const FIRST = { measure: 'tokens', period: 'month', action: 'warn', who: 'all', enabled: true } as const;

function whoOf({ eachPerson, personId, department }: SpendingLimit): Values['who'] {
  if (eachPerson) return 'each';
  if (personId) return 'person';
  return department ? 'department' : 'all';
}

/** One limit: of what, whose, how much, and what happens then. */
export function LimitForm({ limit, onClose, onSaved }: { readonly limit: SpendingLimit | undefined; onClose(): void; onSaved(): void }) {
  const words = useWords();
  const say = words.usage.limits;
  const api = useApi();
  const names = useNames();
  const { busy, run } = useAction();
  const [form] = Form.useForm<Values>();
  const who = Form.useWatch('who', form) ?? (limit ? whoOf(limit) : FIRST.who);
  const save = async ({ who: chosen, personId, department, expertId, integrationId, ...fields }: Values) => {
    const whose = {
      eachPerson: chosen === 'each',
      personId: chosen === 'person' ? personId : null,
      department: chosen === 'department' ? department : null,
    };
    const given = { ...fields, ...whose, expertId: expertId ?? null, integrationId: integrationId ?? null };
    const done = await run(async () => {
      try {
        await (limit ? api.patch(`spending-limits/${limit.id}`, given) : api.post('spending-limits', given));
      } catch (error) {
        showInFields(form, error);
        throw error;
      }
    }, words.common.saved);
    if (done) onSaved();
  };
  const required = [{ required: true, message: words.schema.missing }];
  const choices = <T extends string>(of: Readonly<Record<T, string>>) =>
    (Object.entries(of) as [T, string][]).map(([value, label]) => ({ value, label }));
  const named = (items: readonly { readonly id: string; readonly name: string }[]) =>
    items.map(({ id, name }) => ({ value: id, label: name }));
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return (
    <Modal
      open
      title={limit ? say.edit(limit.name) : say.new}
      onCancel={onClose}
      onOk={() => form.submit()}
      okText={words.common.save}
      okButtonProps={{ loading: busy }}
      cancelText={words.common.cancel}
    >
      <Form form={form} layout="vertical" onFinish={save} initialValues={limit ? { ...limit, who: whoOf(limit) } : { ...FIRST, timeZone }}>
        <Form.Item name="name" label={words.common.name} rules={required}>
          <Input maxLength={100} autoComplete="off" />
        </Form.Item>
        <div className="pair">
          <Form.Item name="amount" label={say.amount} rules={required}>
            <InputNumber min={1} max={1e15} precision={0} className="number" />
          </Form.Item>
          <Form.Item name="measure" label={say.measure}>
            <Radio.Group options={choices(say.measures)} />
          </Form.Item>
        </div>
        <div className="pair">
          <Form.Item name="period" label={say.period}>
            <Radio.Group options={choices(say.periods)} />
          </Form.Item>
          <Form.Item name="timeZone" label={say.timeZone} extra={say.timeZoneHelp} rules={required}>
            <Input autoComplete="off" />
          </Form.Item>
        </div>
        <Form.Item name="action" label={say.action}>
          <Radio.Group options={choices(say.actions)} />
        </Form.Item>
        <Form.Item name="who" label={say.who}>
          <Radio.Group options={WHO.map((value) => ({ value, label: say.whoNames[value] }))} />
        </Form.Item>
        <WhoExactly who={who} limit={limit} />
        <div className="pair">
          <Form.Item name="expertId" label={say.expert}>
            <Select allowClear placeholder={say.all} options={named(names.experts)} />
          </Form.Item>
          <Form.Item name="integrationId" label={say.integration}>
            <Select allowClear placeholder={say.all} options={named(names.integrations)} />
          </Form.Item>
        </div>
        <Form.Item name="enabled" label={say.enabled} valuePropName="checked" layout="horizontal" className="flag">
          <Switch />
        </Form.Item>
      </Form>
    </Modal>
  );
}

/** Chosen among those who asked in the last months. */
function WhoExactly({ who, limit }: { readonly who: Values['who']; readonly limit: SpendingLimit | undefined }) {
  const words = useWords();
  const say = words.usage.limits;
  const from = useMemo(() => new Date(Date.now() - LOOK_BACK_MS).toISOString(), []);
  const by = who === 'department' ? 'department' : 'person';
  const pace = who === 'department' || who === 'person' ? 'once' : 'never';
  const rows = useLive<Page<UsageRow>>(withQuery('usage', { by, from, limit: '200' }), pace).value?.items ?? [];
  const known = rows.flatMap(({ key, person, name }) => (key === null ? [] : [{ value: key, label: person ?? name ?? key.slice(0, 8) }]));
  const required = [{ required: true, message: words.schema.missing }];
  if (who === 'department')
    return (
      <Form.Item name="department" label={say.whoNames.department} rules={required}>
        <AutoComplete options={known} showSearch={{ filterOption: true }} />
      </Form.Item>
    );
  if (who !== 'person') return null;
  const own = limit?.personId && known.every(({ value }) => value !== limit.personId) ? limit.personId : undefined;
  return (
    <Form.Item name="personId" label={say.whoNames.person} rules={required}>
      <Select
        showSearch={{ optionFilterProp: 'label' }}
        options={[...(own ? [{ value: own, label: limit?.person ?? own.slice(0, 8) }] : []), ...known]}
      />
    </Form.Item>
  );
}
