id -un; cat node_modules/installed; echo $NODE_ENV
