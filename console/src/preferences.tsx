import { ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { createContext, type ReactNode, useContext, useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { themeFor } from './theme';
import { type Language, type Words, wordsIn } from './words';

interface Preferences {
  readonly language: Language;
  readonly dark: boolean;
  readonly words: Words;
  setLanguage(language: Language): void;
  setDark(dark: boolean): void;
}

const PreferencesContext = createContext<Preferences | undefined>(undefined);
const DARK_QUERY = '(prefers-color-scheme: dark)';

/** Language and colours: the browser's wish until the person chooses, then the choice, which is remembered. */
export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const [chosenLanguage, chooseLanguage] = useRemembered('parley.language');
  const [chosenColours, chooseColours] = useRemembered('parley.colours');
  const systemDark = useMedia(DARK_QUERY);
  const language: Language = chosenLanguage === 'zh' || chosenLanguage === 'en' ? chosenLanguage : browserLanguage();
  const dark = chosenColours ? chosenColours === 'dark' : systemDark;

  // Before any effect that calls the API, which answers in this language.
  useLayoutEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  }, [language, dark]);

  const preferences = useMemo<Preferences>(
    () => ({
      language,
      dark,
      words: wordsIn(language),
      setLanguage: chooseLanguage,
      setDark: (wanted) => chooseColours(wanted ? 'dark' : 'light'),
    }),
    [language, dark, chooseLanguage, chooseColours],
  );
  return (
    <PreferencesContext value={preferences}>
      <ConfigProvider locale={language === 'zh' ? zhCN : enUS} theme={themeFor(dark)} button={{ autoInsertSpace: false }}>
        {children}
      </ConfigProvider>
    </PreferencesContext>
  );
}

export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext);
  if (!preferences) throw new Error('usePreferences stands outside of PreferencesProvider');
  return preferences;
}

export const useWords = (): Words => usePreferences().words;

/** Whether the media query holds, now and after every change. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const listen = () => setMatches(media.matches);
    listen();
    media.addEventListener('change', listen);
    return () => media.removeEventListener('change', listen);
  }, [query]);
  return matches;
}

/** A text kept in the browser under `key`; works without storage too, only not for long. */
export function useRemembered(key: string): readonly [string | null, (value: string) => void] {
  const [value, setValue] = useState(() => localStorage.getItem(key));
  const remember = useMemo(
    () => (next: string) => {
      localStorage.setItem(key, next);
      setValue(next);
    },
    [key],
  );
  return [value, remember];
}

const browserLanguage = (): Language => (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en');
