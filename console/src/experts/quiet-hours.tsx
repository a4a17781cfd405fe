import { Checkbox, Form, Input, Select, Switch } from 'antd';
import { useWords } from '../preferences';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const FIRST = { from: '22:00', to: '07:00' };

const timeZones = (): readonly string[] => Intl.supportedValuesOf('timeZone');
const ownTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A group of boxes may not be marked as required, so that is said in other words. */
const someDay = (message: string) => ({
  validator: (_: unknown, days?: readonly string[]) => (days?.length ? Promise.resolve() : Promise.reject(new Error(message))),
});

/** When nobody is answered, if there are such hours. */
export function QuietHours() {
  const { experts } = useWords();
  const form = Form.useFormInstance();
  const on = Form.useWatch('quiet', form) as boolean | undefined;
  return (
    <>
      <Form.Item name="quiet" label={experts.triggers.quiet.on} valuePropName="checked" layout="horizontal" className="flag">
        <Switch />
      </Form.Item>
      {on && <Hours within={[]} />}
    </>
  );
}

/** The same of groups with settings of their own. @param place in the list of them */
export function QuietHoursOf({ place }: { readonly place: number }) {
  const { experts } = useWords();
  const say = experts.triggers;
  const form = Form.useFormInstance();
  const quiet = Form.useWatch(['overrides', place, 'quiet'], form) as string | undefined;
  const options = Object.entries(say.quiet.choices).map(([value, label]) => ({ value, label }));
  return (
    <>
      <Form.Item name={[place, 'quiet']} label={say.quiet.label}>
        <Select allowClear options={options} placeholder={say.asAbove} />
      </Form.Item>
      {quiet === 'own' && <Hours within={[place]} />}
    </>
  );
}

function Hours({ within }: { readonly within: readonly number[] }) {
  const { experts, schema } = useWords();
  const say = experts.triggers.quiet;
  const required = [{ required: true, message: schema.missing }];
  const named = (name: string) => [...within, 'quietHours', name];
  return (
    <>
      <div className="pair">
        <Form.Item name={named('from')} label={say.from} rules={required} initialValue={FIRST.from}>
          <Input type="time" />
        </Form.Item>
        <Form.Item name={named('to')} label={say.to} extra={say.toHelp} rules={required} initialValue={FIRST.to}>
          <Input type="time" />
        </Form.Item>
      </div>
      <Form.Item name={named('timeZone')} label={say.timeZone} rules={required} initialValue={ownTimeZone()}>
        <Select showSearch options={timeZones().map((value) => ({ value, label: value }))} />
      </Form.Item>
      <Form.Item name={named('days')} label={say.days} rules={[someDay(schema.missing)]} initialValue={[...DAYS]}>
        <Checkbox.Group options={DAYS.map((value) => ({ value, label: say.dayNames[value] ?? value }))} />
      </Form.Item>
      <Form.Item name={named('notice')} label={say.notice} valuePropName="checked" initialValue layout="horizontal" className="flag">
        <Switch />
      </Form.Item>
    </>
  );
}
