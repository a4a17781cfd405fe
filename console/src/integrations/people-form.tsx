import { Button, Form, InputNumber, Radio, Select } from 'antd';
import { ApiProblem } from '../api';
import type { Integration } from '../model';
import { showInFields } from '../parts/form-problems';
import { Panel } from '../parts/page-frame';
import { Unreadable } from '../parts/unreadable';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { HttpFields, LdapFields } from './people-directory';
import { initialPeople, type PeopleValues, peopleToSend } from './people-values';

interface Values {
  readonly people: PeopleValues;
}

/** How it is found out who writes through the integration. */
export function PeopleForm({ integration: { id, people }, onSaved }: { readonly integration: Integration; onSaved(): void }) {
  const words = useWords();
  const say = words.integrations.people;
  const api = useApi();
  const { busy, run } = useAction();
  const [form] = Form.useForm<Values>();
  const mapping = Form.useWatch(['people', 'mapping'], form) ?? people.mapping;
  const save = (values: Values) =>
    run(async () => {
      try {
        await api.patch(`integrations/${id}`, { people: peopleToSend(values.people, people) });
      } catch (error) {
        if (showInFields(form, error)) throw new ApiProblem(422, words.common.unsaved);
        throw error;
      }
      form.resetFields([
        ['people', 'http', 'secret'],
        ['people', 'ldap', 'password'],
      ]);
      onSaved();
    }, words.common.saved);
  return (
    <Panel title={say.title} about={say.about} className="panel-form">
      <Form<Values> form={form} layout="vertical" onFinish={save} initialValues={{ people: initialPeople(people) }}>
        <Choice name="mapping" label={say.mapping} names={say.mappings} />
        <Unreadable why={people.unreadable} />
        {mapping === 'http' && <HttpFields stored={people.http} />}
        {mapping === 'ldap' && <LdapFields stored={people.ldap} />}
        {(mapping === 'auto' || mapping === 'existing') && (
          <Form.Item name={['people', 'match']} label={say.match} extra={say.matchHelp}>
            <Select mode="multiple" options={optionsOf(say.matchKeys)} />
          </Form.Item>
        )}
        {mapping !== 'existing' && <Choice name="onUnknown" label={say.onUnknown} names={say.unknowns} />}
        <Choice name="external" label={say.external} names={say.externals} />
        <Choice name="fallback" label={say.fallback} names={say.fallbacks} />
        <Form.Item name={['people', 'cacheSeconds']} label={say.cacheSeconds} rules={[{ required: true, message: words.schema.missing }]}>
          <InputNumber className="number" suffix={say.seconds} />
        </Form.Item>
        <div className="form-actions">
          <Button type="primary" htmlType="submit" loading={busy}>
            {words.common.save}
          </Button>
        </div>
      </Form>
    </Panel>
  );
}

const optionsOf = (names: Readonly<Record<string, string>>) => Object.entries(names).map(([value, label]) => ({ value, label }));

interface ChoiceProps {
  readonly name: string;
  readonly label: string;
  readonly names: Readonly<Record<string, string>>;
}

const Choice = ({ name, label, names }: ChoiceProps) => (
  <Form.Item name={['people', name]} label={label}>
    <Radio.Group vertical aria-label={label} options={optionsOf(names)} />
  </Form.Item>
);
