; Included by electron-builder's installer. What runs of the folder that is replaced or removed would keep its files.
!macro customUnInit
  nsExec::Exec '"$INSTDIR\resources\app\engineroom.cmd" vm stop'
  Pop $0
!macroend

; The disks of virtual machines stay, in the person's home, as on other systems.
!macro customUnInstall
  ${ifNot} ${isUpdated}
    nsExec::Exec 'schtasks /delete /tn Engineroom /f'
    Pop $0
  ${endIf}
!macroend
