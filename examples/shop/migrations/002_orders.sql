create table orders (
  id bigint generated always as identity primary key,
  customer text not null,
  product_id bigint not null references products (id),
  quantity integer not null check (quantity > 0),
  ordered_at timestamptz not null default now()
);

create index orders_customer on orders (customer);

-- What the demo user has ordered, so that a check after a deployment finds something.
insert into orders (customer, product_id, quantity)
select 'demo', id, 2 from products where name = 'Cup';
