import {
  ApiOutlined,
  AuditOutlined,
  BankOutlined,
  BarChartOutlined,
  CommentOutlined,
  DashboardOutlined,
  ExperimentOutlined,
  RobotOutlined,
  SettingOutlined,
  TeamOutlined,
} from '@ant-design/icons';
import { type ComponentType, type ReactNode, use } from 'react';
import type { Right, Session } from '../model';
import type { Words } from '../words';
import { type PageCode, pageCode } from './page-code';

export interface PageEntry {
  /** The address behind `#/`; what follows a further slash belongs to the page. */
  readonly path: string;
  readonly icon: ReactNode;
  title(words: Words): string;
  readonly Page: ComponentType;
  /** What one must hold to see it. */
  readonly right: Right;
  /** Needs the whole width: the navigation shrinks. */
  readonly wide?: true;
}

/** Like React's `lazy`, but there at once where the code has come already. */
const pageOf =
  (code: PageCode): ComponentType =>
  () => {
    const Page = use(code.fetch());
    return <Page />;
  };

/** Every page of the console, in the order of the navigation. The first one is shown at the bare address. */
const pages: readonly PageEntry[] = [
  {
    path: 'overview',
    icon: <DashboardOutlined aria-hidden />,
    title: ({ nav }) => nav.overview,
    Page: pageOf(pageCode.overview),
    right: 'read',
  },
  {
    path: 'conversations',
    icon: <CommentOutlined aria-hidden />,
    title: ({ nav }) => nav.conversations,
    Page: pageOf(pageCode.conversations),
    right: 'read',
  },
  {
    path: 'integrations',
    icon: <ApiOutlined aria-hidden />,
    title: ({ nav }) => nav.integrations,
    Page: pageOf(pageCode.integrations),
    right: 'read',
  },
  {
    path: 'experts',
    icon: <RobotOutlined aria-hidden />,
    title: ({ nav }) => nav.experts,
    Page: pageOf(pageCode.experts),
    right: 'read',
  },
  {
    path: 'people',
    icon: <TeamOutlined aria-hidden />,
    title: ({ nav }) => nav.people,
    Page: pageOf(pageCode.people),
    right: 'read',
  },
  {
    path: 'usage',
    icon: <BarChartOutlined aria-hidden />,
    title: ({ nav }) => nav.usage,
    Page: pageOf(pageCode.usage),
    right: 'read',
  },
  {
    path: 'tenants',
    icon: <BankOutlined aria-hidden />,
    title: ({ nav }) => nav.tenants,
    Page: pageOf(pageCode.tenants),
    right: 'platform',
  },
  {
    path: 'audit',
    icon: <AuditOutlined aria-hidden />,
    title: ({ nav }) => nav.audit,
    Page: pageOf(pageCode.audit),
    right: 'audit',
  },
  {
    path: 'settings',
    icon: <SettingOutlined aria-hidden />,
    title: ({ nav }) => nav.settings,
    Page: pageOf(pageCode.settings),
    right: 'self',
  },
  {
    path: 'sandbox',
    icon: <ExperimentOutlined aria-hidden />,
    title: ({ nav }) => nav.sandbox,
    Page: pageOf(pageCode.sandbox),
    right: 'configure',
    wide: true,
  },
];

/** What there is to see without an organization too. */
const ANYWHERE = ['tenants', 'audit', 'settings'];

/** The pages that somebody may see. */
export const pagesFor = ({ rights, organization, sandbox }: Session): readonly PageEntry[] =>
  pages.filter(({ path, right }) => rights.includes(right) && (organization || ANYWHERE.includes(path)) && (path !== 'sandbox' || sandbox));

export const pageAt = (session: Session, name: string): PageEntry | undefined => {
  const own = pagesFor(session);
  return name ? own.find(({ path }) => path === name) : own[0];
};
