import { cpSync } from 'node:fs';
import { basename, join } from 'node:path';
import { packageFolder } from '../../harness-version.ts';
import { type TemporaryProject, temporaryProject } from '../../spec/temporary-project.ts';
import { install } from './tiny-project.ts';

/** A copy of the built-in suite with its goldens and config, so that its runs leave nothing in the package. */
export function builtInSuite(): TemporaryProject {
  const place = temporaryProject();
  cpSync(join(packageFolder, 'hil.config.yaml'), place.path('hil.config.yaml'));
  cpSync(join(packageFolder, 'golden'), place.path('golden'), { recursive: true });
  cpSync(join(packageFolder, 'specs'), place.path('specs'), {
    recursive: true,
    filter: (source) => basename(source) !== 'training',
  });
  install(place);
  return place;
}
