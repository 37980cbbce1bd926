// local/template: a synthesised app as plain data.
export { localPlace } from './place.ts';
export type { TemplateFunction } from './read-functions.ts';
export { resolveTemplate, type ResolvedTemplate } from './resolve-template.ts';
export { readCdkProject, synthesiseApp, type SynthesisOptions } from './synthesise-app.ts';
