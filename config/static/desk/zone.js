// Tells the server in which time zone its pages are read; config/desk/zone.py shows times in it.
{
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const year = 365 * 24 * 60 * 60;
  if (zone) {
    document.cookie = `timezone=${zone}; path=/admin/; max-age=${year}; SameSite=Lax`;
  }
}
