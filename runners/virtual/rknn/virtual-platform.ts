/**
 * Platform that models for the virtual board are marked with. No chip has this name, so a real board refuses such a
 * file with a readable line (status -13, driver 1.3.2 and newer) instead of running it.
 */
export const virtualPlatform = 'HIL-VIRTUAL-RK1808';
