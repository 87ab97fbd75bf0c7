import { describeContainerRunner } from './container-runner-trial.ts';

describeContainerRunner('buildroot');
