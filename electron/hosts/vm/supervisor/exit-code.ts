/** Another supervisor has the VM: it is to be asked. */
export const EXIT_CODE_HELD = 3
