# As much of Rails as the sample touches: a job that runs at once, and a model that is created.
class ApplicationJob
  def self.retry_on(*errors, **) = errors.each { |error| raise "not an error class: #{error}" unless error <= Exception }
  def self.perform_later(*arguments) = puts("Sent message #{new.perform(*arguments)["id"]}")
end

class ApplicationRecord
  attr_reader :id, :email

  def self.after_create_commit(&block) = (@created = block)
  def self.create!(id:, email:) = new(id, email).instance_exec(&@created)

  def initialize(id, email)
    @id = id
    @email = email
  end
end

require_relative "ruby"
require_relative "sample"
User.create!(id: 42, email: "kim@example.com")
