import { Select } from 'antd';
import { useWords } from '../preferences';
import { useMay } from '../session';

const ROLES = ['viewer', 'auditor', 'operator', 'admin'] as const;

interface Props {
  readonly id?: string;
  readonly value?: string;
  readonly label?: string;
  onChange?(role: string): void;
}

/** The roles that may be given, each with what it may. */
export function RoleChoice({ label, ...props }: Props) {
  const { roles, roleHelp } = useWords();
  const mayGiveAll = useMay('tenant');
  const offered = mayGiveAll ? [...ROLES, 'tenant_admin'] : ROLES;
  return (
    <Select
      {...props}
      {...(label && { 'aria-label': label })}
      popupMatchSelectWidth={false}
      options={offered.map((value) => ({ value, label: roles[value] ?? value, help: roleHelp[value] }))}
      optionRender={({ data }) => (
        <span className="option">
          {data.label}
          <span className="quiet">{data.help}</span>
        </span>
      )}
    />
  );
}
