export { hil, type HilPluginOptions, specGlob } from './plugin.ts';
