Rails.application.routes.draw do
  # get "healthz" => "nothing#here"
  get "up" => "rails/health#show", as: :rails_health_check
  resources :loans
  namespace :admin do
    get "health", to: "admin#health"
  end
end
