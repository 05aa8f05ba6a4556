import { Link } from '@tanstack/react-router';
import { Puzzle } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useTenant } from '../../shell/tenant.ts';

interface OpenPluginProps {
  readonly account: string;
  /** The step's node, whose first word is its plugin. */
  readonly type: string;
}

/** From a step to the plugin it comes from, for those who may change it. */
export function OpenPlugin({ account, type }: OpenPluginProps) {
  const { t } = useTranslation();
  if (!useTenant().may.includes('plugin.manage')) return null;
  const plugin = type.slice(0, type.indexOf('.'));
  return (
    <Link to="/a/$account/plugins/$plugin" params={{ account, plugin }} className="btn self-start">
      <Puzzle className="i i-14" aria-hidden />
      {t('canvas.panel.openPlugin')}
    </Link>
  );
}
