import { Button, Form, Select } from 'antd';
import { useWords } from '../preferences';
import { PolicyField } from './policy-field';
import { QuietHoursOf } from './quiet-hours';
import { overridable } from './trigger-fields';

/** Groups with settings of their own. */
export function Overrides() {
  const { experts, schema } = useWords();
  const say = experts.triggers.overrides;
  return (
    <Form.List name="overrides">
      {(items, { add, remove }) => (
        <>
          {items.map(({ key, name }) => (
            <fieldset key={key} className="override">
              <legend>{say.chats}</legend>
              <Form.Item
                name={[name, 'chats']}
                label={say.chats}
                extra={say.chatsHelp}
                rules={[{ required: true, message: schema.missing }]}
              >
                <Select mode="tags" open={false} suffixIcon={null} tokenSeparators={[',', ' ', '\n']} />
              </Form.Item>
              <div className="pairs">
                {overridable.map((field) => (
                  <PolicyField key={field.path} field={field} inList={name} />
                ))}
              </div>
              <QuietHoursOf place={name} />
              <Button danger onClick={() => remove(name)}>
                {say.remove}
              </Button>
            </fieldset>
          ))}
          <Button onClick={() => add({})}>{say.add}</Button>
        </>
      )}
    </Form.List>
  );
}
