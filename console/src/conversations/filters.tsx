import { SearchOutlined } from '@ant-design/icons';
import { Button, Form, Input, Select } from 'antd';
import { useEffect } from 'react';
import { useNames } from '../parts/names';
import { useWords } from '../preferences';
import { hrefTo, useRoute } from '../route';
import { useMay } from '../session';
import { PersonFilter, UserFilter } from './people-filters';
import { type FilterValues, filterNames } from './query';

/** What to look for. */
export function Filters() {
  const words = useWords();
  const { filters: say, states } = words.conversations;
  const { integrations, experts } = useNames();
  const mayRead = useMay('content');
  const { query } = useRoute();
  const [form] = Form.useForm<FilterValues>();
  const asked = query.toString();
  useEffect(() => {
    const given = new URLSearchParams(asked);
    form.setFieldsValue(Object.fromEntries(filterNames.map((name) => [name, given.get(name) ?? undefined])));
  }, [form, asked]);
  const search = (values: FilterValues) => {
    location.hash = hrefTo('conversations', values);
  };
  const submit = () => form.submit();
  const named = (items: readonly { readonly id: string; readonly name: string }[]) =>
    items.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <Form form={form} layout="vertical" className="filters" onFinish={search} role="search" aria-label={say.label}>
      {mayRead && (
        <Form.Item name="q" label={say.words} className="filter-words">
          <Input prefix={<SearchOutlined aria-hidden />} allowClear />
        </Form.Item>
      )}
      <Form.Item name="integrationId" label={say.integration}>
        <Select
          allowClear
          showSearch
          optionFilterProp="label"
          placeholder={words.common.all}
          options={named(integrations)}
          onChange={submit}
        />
      </Form.Item>
      <Form.Item name="expertId" label={say.expert}>
        <Select allowClear showSearch optionFilterProp="label" placeholder={words.common.all} options={named(experts)} onChange={submit} />
      </Form.Item>
      <Form.Item name="personId" label={say.person} hidden={!mayRead}>
        {mayRead ? <PersonFilter onChange={submit} /> : <Input />}
      </Form.Item>
      <Form.Item name="userId" label={say.user} hidden={!mayRead}>
        {mayRead ? <UserFilter onChange={submit} /> : <Input />}
      </Form.Item>
      <Form.Item name="state" label={say.state}>
        <Select
          allowClear
          placeholder={words.common.all}
          options={['open', 'ended'].map((value) => ({ value, label: states[value] }))}
          onChange={submit}
        />
      </Form.Item>
      <Form.Item name="chat" label={say.chat}>
        <Input allowClear />
      </Form.Item>
      <Form.Item name="from" label={say.from}>
        <Input type="date" />
      </Form.Item>
      <Form.Item name="to" label={say.to}>
        <Input type="date" />
      </Form.Item>
      <div className="filter-buttons">
        <Button type="primary" htmlType="submit">
          {say.search}
        </Button>
        {asked && <Button href="#/conversations">{say.clear}</Button>}
      </div>
    </Form>
  );
}
