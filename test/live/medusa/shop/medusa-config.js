const { defineConfig } = require('@medusajs/framework/utils');

module.exports = defineConfig({
  admin: { disable: true },
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    databaseDriverOptions: { ssl: false },
    http: {
      storeCors: process.env.ORIGIN,
      adminCors: process.env.ORIGIN,
      authCors: process.env.ORIGIN,
      jwtSecret: process.env.SECRET,
      cookieSecret: process.env.SECRET,
    },
  },
});
