const { Router } = require('express')

const router = Router()
router.get('/', (request, response) => response.json([]))
router.get('/ping', (request, response) => response.send('pong'))

module.exports = router
