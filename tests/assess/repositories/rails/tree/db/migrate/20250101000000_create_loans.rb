class CreateLoans < ActiveRecord::Migration[8.0]
end
