const express = require('express')
const letters = require('./routes/letters')

const app = express()
app.use(express.json())
app.use('/api', require('./routes'))
app.use('/v1/letters', letters)

module.exports = app
