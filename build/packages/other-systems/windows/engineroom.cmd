@echo off
rem Engineroom's launcher on Windows: virtual machines, and the client's commands, for the engine in one.
setlocal
set "PATH=%~dp0qemu;%PATH%;%ProgramFiles%\qemu"
if not defined DOCKER_HOST set "DOCKER_HOST=npipe:////./pipe/engineroom-default-docker"
if "%~1"=="desktop" start "" "%~dp0..\..\Engineroom.exe" & exit /b 0
if "%~1"=="daemon" echo engineroom daemon: runs on Linux; here: engineroom vm start 1>&2 & exit /b 1
if "%~1 %~2"=="vm build" echo engineroom vm build: not in this package, which has the image made 1>&2 & exit /b 1
if "%~1"=="vm" goto vm
"%~dp0node\node.exe" -- "%~dp0dist\cli\main.mjs" %*
exit /b %errorlevel%
:vm
set "rest="
for /f "tokens=1,*" %%a in ("%*") do set "rest=%%b"
"%~dp0node\node.exe" "%~dp0dist\vm\main.mjs" %rest%
