import { Collapse, Form, Input, InputNumber, Switch } from 'antd';
import type { ReactNode } from 'react';
import type { Config } from '../model';
import { useWords } from '../preferences';

const ATTRIBUTES = ['id', 'username', 'email', 'name', 'mobile', 'staffId', 'department'] as const;

interface Props {
  /** What is stored already: its secret may stay empty. */
  readonly stored: Config | null;
}

/** A service of the company that says who people are. */
export function HttpFields({ stored }: Props) {
  const say = useWords().integrations.people;
  const item = itemIn('http');
  return (
    <>
      <Required name={item('url')} label={say.url} extra={say.httpUrlHelp}>
        <Input type="url" autoComplete="off" spellCheck={false} placeholder="https://erp.example/who" />
      </Required>
      <Secret name={item('secret')} label={say.secret} extra={say.secretHelp} isKept={stored?.secret !== undefined} needed />
      <Timeout name={item('timeoutMs')} />
    </>
  );
}

/** A directory of the company that says who people are. */
export function LdapFields({ stored }: Props) {
  const say = useWords().integrations.people;
  const item = itemIn('ldap');
  return (
    <>
      <Required name={item('url')} label={say.url} extra={say.ldapUrlHelp}>
        <Input autoComplete="off" spellCheck={false} placeholder="ldaps://ldap.example" />
      </Required>
      <Form.Item name={item('startTls')} label={say.startTls} valuePropName="checked" layout="horizontal" colon={false} className="flag">
        <Switch />
      </Form.Item>
      <div className="pair">
        <Form.Item name={item('bindDn')} label={say.bindDn} extra={say.bindDnHelp}>
          <Input autoComplete="off" spellCheck={false} placeholder="cn=parley,dc=example" />
        </Form.Item>
        <Secret name={item('password')} label={say.password} isKept={stored?.password !== undefined} />
      </div>
      <Required name={item('baseDn')} label={say.baseDn}>
        <Input autoComplete="off" spellCheck={false} placeholder="ou=people,dc=example" />
      </Required>
      <Required name={item('filter')} label={say.filter} extra={say.filterHelp}>
        <Input autoComplete="off" spellCheck={false} placeholder="(&(objectClass=person)(mail={email}))" />
      </Required>
      <Timeout name={item('timeoutMs')} />
      <Collapse
        ghost
        className="more-settings"
        items={[
          {
            key: 'attributes',
            label: say.attributes,
            forceRender: true,
            children: (
              <div className="pairs">
                {ATTRIBUTES.map((name) => (
                  <Form.Item key={name} name={item('attributes', name)} label={say.attributeNames[name]}>
                    <Input autoComplete="off" spellCheck={false} placeholder={say.usual[name]} />
                  </Form.Item>
                ))}
              </div>
            ),
          },
          {
            key: 'ca',
            label: say.ca,
            forceRender: true,
            children: (
              <Form.Item name={item('ca')} label={say.ca} extra={say.caHelp}>
                <Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} spellCheck={false} />
              </Form.Item>
            ),
          },
        ]}
      />
    </>
  );
}

const itemIn =
  (directory: 'http' | 'ldap') =>
  (...path: readonly string[]): string[] => ['people', directory, ...path];

interface ItemProps {
  readonly name: string[];
  readonly label: string;
  readonly extra?: string;
}

function Required({ children, ...item }: ItemProps & { readonly children: ReactNode }) {
  const words = useWords();
  return (
    <Form.Item {...item} rules={[{ required: true, whitespace: true, message: words.schema.missing }]}>
      {children}
    </Form.Item>
  );
}

function Secret({ isKept, needed = false, ...item }: ItemProps & { readonly isKept: boolean; readonly needed?: boolean }) {
  const words = useWords();
  return (
    <Form.Item {...item} required={needed} rules={[{ required: needed && !isKept, message: words.schema.missing }]}>
      <Input.Password autoComplete="new-password" {...(isKept && { placeholder: words.schema.kept })} />
    </Form.Item>
  );
}

function Timeout({ name }: Pick<ItemProps, 'name'>) {
  const say = useWords().integrations.people;
  return (
    <Form.Item name={name} label={say.timeoutMs}>
      <InputNumber className="number" suffix={say.milliseconds} />
    </Form.Item>
  );
}
