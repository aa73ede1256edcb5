const { Worker } = require('bullmq')

new Worker('letters', async () => {})
