import { describeContainerRunner } from './container-runner-trial.ts';

describeContainerRunner('debian-arm64');
