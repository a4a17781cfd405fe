import type { FormInstance } from 'antd';
import { ApiProblem } from '../api';

/** Writes what the API refused beside the fields it names. Whether every word found its place. */
export function showInFields(form: FormInstance, error: unknown): boolean {
  if (!(error instanceof ApiProblem) || error.fields.length === 0) return false;
  const known = new Set(form.getFieldsError().map(({ name }) => name.join('.')));
  const placed = error.fields.filter(({ path }) => known.has(path));
  form.setFields(placed.map(({ path, message }) => ({ name: path.split('.'), errors: [message] })));
  const [first] = placed;
  if (first) form.scrollToField(first.path.split('.'), { block: 'center', focus: true });
  return placed.length === error.fields.length;
}
