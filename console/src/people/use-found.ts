import type { SelectProps } from 'antd';
import { useEffect, useState } from 'react';
import { withQuery } from '../api';
import { useReasonNeeded } from '../conversations/reason';
import type { Page } from '../model';
import { useLook } from '../use-poll';

const SEARCH_AFTER_MS = 250;
const FOUND_AT_MOST = 20;
const LISTED_AT_MOST = 200;

interface Found<T> {
  readonly items: readonly T[];
  readonly loading: boolean;
  /** For a `Select` that offers them. */
  readonly typing: NonNullable<Exclude<SelectProps['showSearch'], boolean>>;
}

/** People or users of whom something holds what is typed. Where searching wants a reason that was not given yet, the longest known are filtered here. */
export function useFound<T>(path: 'people' | 'users'): Found<T> {
  const isListed = useReasonNeeded();
  const [typed, setTyped] = useState('');
  const q = useSettled(typed.trim());
  const isSettled = isListed || q === typed.trim();
  const asked = withQuery(path, isListed ? { limit: String(LISTED_AT_MOST) } : { q, limit: String(FOUND_AT_MOST) });
  const { value, loading } = useLook(`to choose ${asked}`, (api, signal) => api.get<Page<T>>(asked, signal), 'once');
  return {
    // What was found for other words is not offered: Enter would choose from it.
    items: isSettled ? (value?.items ?? []) : [],
    loading: loading || !isSettled,
    typing: isListed ? { optionFilterProp: 'label' } : { filterOption: false, onSearch: setTyped },
  };
}

/** What was typed, once nobody types any more. */
function useSettled(typed: string): string {
  const [settled, settle] = useState(typed);
  useEffect(() => {
    const timer = setTimeout(() => settle(typed), SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return settled;
}
