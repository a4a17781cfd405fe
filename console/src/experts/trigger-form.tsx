import { Button, Drawer, Form, Select, Switch } from 'antd';
import { ApiProblem } from '../api';
import type { Trigger } from '../model';
import { useNames } from '../parts/names';
import { useAction } from '../parts/use-action';
import { useWords } from '../preferences';
import { useApi } from '../session';
import { PolicyField } from './policy-field';
import { QuietHours } from './quiet-hours';
import { placeOf, sections, type TriggerValues, toApi, toForm } from './trigger-fields';
import { Overrides } from './trigger-overrides';

interface Props {
  readonly expertId: string;
  readonly trigger: Trigger;
  onClose(): void;
  onSaved(): void;
}

/** All policies of one trigger, in a drawer. */
export function TriggerForm({ expertId, trigger, onClose, onSaved }: Props) {
  const words = useWords();
  const say = words.experts.triggers;
  const api = useApi();
  const { integrations } = useNames();
  const { busy, run } = useAction();
  const [form] = Form.useForm<TriggerValues>();
  const save = async () => {
    // Fields that are folded away keep their values.
    const values = { ...toForm(trigger), ...form.getFieldsValue(true) } as TriggerValues;
    const done = await run(async () => {
      try {
        await api.patch(`experts/${expertId}/triggers/${trigger.id}`, toApi(values));
      } catch (error) {
        if (error instanceof ApiProblem) placeProblems(form.setFields, error);
        throw error;
      }
    }, say.afterPublish);
    if (done) onSaved();
  };
  const section = (name: string, children: React.ReactNode) => (
    <section className="form-section" key={name}>
      <h3>{say.sections[name]?.[0]}</h3>
      <p className="quiet">{say.sections[name]?.[1]}</p>
      {children}
    </section>
  );
  return (
    <Drawer
      open
      onClose={onClose}
      size={620}
      title={say.edit}
      rootClassName="form-drawer"
      footer={
        <div className="form-actions">
          <Button onClick={onClose}>{words.common.cancel}</Button>
          <Button type="primary" loading={busy} onClick={() => form.submit()}>
            {words.common.save}
          </Button>
        </div>
      }
    >
      <Form form={form} layout="vertical" initialValues={toForm(trigger)} onFinish={save}>
        <Form.Item name="integrationId" label={say.integration} rules={[{ required: true, message: words.schema.missing }]}>
          <Select options={integrations.map(({ id, name }) => ({ value: id, label: name }))} />
        </Form.Item>
        <Form.Item name="enabled" label={say.enabled} valuePropName="checked" layout="horizontal" className="flag">
          <Switch />
        </Form.Item>
        {sections.map(({ name, fields }) =>
          section(
            name,
            fields.map((field) => <PolicyField key={field.path} field={field} />),
          ),
        )}
        {section('quiet', <QuietHours />)}
        {section('overrides', <Overrides />)}
      </Form>
    </Drawer>
  );
}

function placeProblems(setFields: (fields: { name: (string | number)[]; errors: string[] }[]) => void, { fields }: ApiProblem): void {
  setFields(fields.map(({ path, message }) => ({ name: placeOf(path), errors: [message] })));
}
