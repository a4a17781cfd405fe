import { type ThemeConfig, theme } from 'antd';

const FONT = `-apple-system, BlinkMacSystemFont, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Helvetica Neue', Arial, sans-serif`;

/** Ant Design in Parley's colours; `styles.css` has the same colours for what is not Ant Design's. */
export const themeFor = (dark: boolean): ThemeConfig => ({
  algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
  token: {
    colorPrimary: dark ? '#4c88ff' : '#245bdb',
    colorInfo: dark ? '#4c88ff' : '#245bdb',
    colorError: dark ? '#ff8a85' : '#c02a26',
    // The default greys stay under 4.5:1 in small print.
    colorTextTertiary: dark ? '#9aa0a8' : '#646a73',
    colorTextDescription: dark ? '#9aa0a8' : '#646a73',
    colorTextPlaceholder: dark ? '#8f959e' : '#6b717a',
    colorBgContainer: dark ? '#1f2127' : '#ffffff',
    colorBgElevated: dark ? '#282b32' : '#ffffff',
    colorBorder: dark ? '#3a3e47' : '#d0d3d9',
    colorBorderSecondary: dark ? '#2d3038' : '#e4e6ea',
    borderRadius: 8,
    fontFamily: FONT,
    fontSize: 14,
  },
  components: {
    // White on the lighter blue, and the default colours under the pointer, stay under 4.5:1.
    Button: {
      ...(dark
        ? { colorPrimary: '#2f6be6', colorPrimaryHover: '#2a62d6', colorPrimaryActive: '#2456bf' }
        : { colorPrimaryHover: '#1d4fc4', colorPrimaryActive: '#1a46ad' }),
      defaultHoverColor: dark ? '#7aa5ff' : '#1d4fc4',
      defaultHoverBorderColor: dark ? '#7aa5ff' : '#1d4fc4',
    },
  },
});
