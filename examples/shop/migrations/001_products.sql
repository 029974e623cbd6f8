create table products (
  id bigint generated always as identity primary key,
  name text not null unique,
  price_cents integer not null check (price_cents > 0)
);

insert into products (name, price_cents) values
  ('Teapot', 3400),
  ('Cup', 950),
  ('Strainer', 720);
